"""What stands in for a mail that is too large, or broken at the server, to be fetched.

The mail itself stays in its mailbox. Its note is the beginning of the mail
behind one extra first line, so that a person sees whose it was and about what::

    X-Helpdesk-Not-Fetched: 73400320 bytes; limit 26214400
    Received: …
    Subject: …

Only the very first line counts: every real mail starts with the trace that its
own server put there, so a sender cannot pass a mail off as one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADER = "X-Helpdesk-Not-Fetched"
HEAD_BYTES = 64 * 1024  # what is fetched of it: the header and a first look at the text

_FIRST_LINE = re.compile(rb"\A" + HEADER.encode() + rb": (\d+) bytes; limit (\d+)\r\n")


@dataclass(frozen=True, slots=True)
class NotFetched:
    """How large the mail is that was left in its mailbox, and what the limit is (bytes).

    ``size`` within ``limit`` means that the server failed to hand it over.
    """

    size: int
    limit: int

    @property
    def code(self) -> str:
        """The quarantine's code for it."""
        return "too_large" if self.size > self.limit else "not_fetched"

    @property
    def sentence(self) -> str:
        """What happened and what to do, for the quarantine."""
        if self.size > self.limit:
            return (
                f"The mail has {self.size:,} bytes and the limit is {self.limit:,}: "
                "it stays in its mailbox; read it there."
            )
        return "The mail server cannot hand this mail over: it stays in its mailbox; read it there."


def note(size: int, limit: int, head: bytes) -> bytes:
    """Return the raw bytes that stand in for a mail; ``head`` is how it begins."""
    return f"{HEADER}: {size} bytes; limit {limit}\r\n".encode() + head[:HEAD_BYTES]


def not_fetched(raw: bytes) -> NotFetched | None:
    """Tell whether raw bytes are such a note, and of what; ``None`` for a real mail."""
    found = _FIRST_LINE.match(raw)
    return NotFetched(int(found[1]), int(found[2])) if found else None
