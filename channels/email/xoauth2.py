"""The XOAUTH2 way to sign in, as Gmail and Outlook understand it.

https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
"""

from __future__ import annotations

from channels.email.account import TokenProvider
from channels.errors import ChannelError


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


def fresh_token(provide: TokenProvider, user: str) -> str:
    """Ask for an access token; raises ChannelError, whatever the provider raises."""
    try:
        return provide()
    except ChannelError:
        raise
    except Exception as error:  # providers are of many kinds
        raise ChannelError(
            "auth_failed", f"There is no OAuth2 token for {user} ({error}): connect it again."
        ) from error
