"""The XOAUTH2 way to sign in, as Gmail and Outlook understand it.

https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
"""

from __future__ import annotations


class Xoauth2:
    """Answers a server's challenges: the token first, then an empty line.

    A server that refuses the token sends its reason as a challenge and wants an
    empty answer before it says so.
    """

    def __init__(self, user: str, token: str) -> None:
        self._first = f"user={user}\1auth=Bearer {token}\1\1".encode()
        self._asked = False

    def __call__(self, _challenge: bytes) -> bytes:
        """Return the next answer."""
        answer = b"" if self._asked else self._first
        self._asked = True
        return answer
