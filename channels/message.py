"""The typed values that every channel speaks.

All instants are time-zone-aware UTC. All texts are ``str`` without surrogates
or NUL characters, so that both databases can store them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

Auto = Literal["auto-reply", "bounce", "list", "own"]
"""Why no machine may answer this message (RFC 3834); ``None`` is a person's."""


@dataclass(frozen=True, slots=True)
class RawItem:
    """One thing as a channel delivered it, before anybody understood it.

    ``external_id`` is the far end's own identity of the item, unique in its
    account (a mailbox's ``UIDVALIDITY:UID``, a post's id).
    """

    external_id: str
    raw: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Items and the cursor that is true once all of them are stored.

    ``lines`` are those of a call log, which are kept with the calls that they tell of.
    """

    items: tuple[RawItem, ...]
    cursor: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handle:
    """How somebody is known on a channel: an address, a number, an account.

    ``kind`` is ``email``, ``phone``, ``weibo`` or ``x``; ``value`` is normalised
    by its channel (mail addresses in lower case) so that equal means same.
    """

    kind: str
    value: str
    name: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message; ``name`` never contains a path."""

    name: str
    content_type: str
    data: bytes = field(repr=False)
    inline: bool = False
    content_id: str | None = None

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self.data)

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the bytes, the name under which they are stored."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One address that a delivery report speaks of (RFC 3464).

    ``permanent``: the address itself is bad, not just this mail. ``gave_up``: this mail
    will not arrive any more; ``False`` while the far end goes on trying.
    """

    address: str
    permanent: bool
    reason: str = ""
    gave_up: bool = True


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says of a mail: whose it was and who failed.

    ``original_message_id`` is the Message-ID of the mail that bounced, when the
    report returns it, with its angle brackets.
    """

    original_message_id: str | None
    failed: tuple[FailedRecipient, ...]


@dataclass(frozen=True, slots=True)
class VisitWish:
    """A visit that somebody asks for: where, what for, whom to meet, and when it would suit.

    ``dates`` are wished beginnings and ends; there may be none.
    """

    place: str
    purpose: str
    contact: str
    phone: str
    dates: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True)
class IncomingMessage:
    """Something a person (or a machine) told the desk through a channel.

    - ``identity``: the message's own identity for de-duplication within its
      account: the Message-ID, or ``sha256:…`` of the raw bytes where it has none.
    - ``happened_at``: when it was said; a promise's clock starts here, so
      channels must never put it into the future.
    - ``claimed_at``: the moment that the sender's clock gave, believable or not.
    - ``thread_keys``: identities of earlier messages it answers, nearest first
      (In-Reply-To, then References backwards; a conversation id).
    - ``text`` is the whole readable body, ``reply_text`` the new part of it,
      ``html`` the sanitised HTML or ``None``.
    - ``ticket``, ``topic`` and ``request_type`` are known only where the far end is
      the desk's own form, which checked that the author may write there.
    - ``visit`` is what a request for an on-site visit asks for.
    """

    channel: str
    identity: str
    happened_at: datetime
    author: Handle
    subject: str
    text: str
    reply_text: str
    html: str | None = None
    claimed_at: datetime | None = None
    reply_to: tuple[Handle, ...] = ()
    to: tuple[Handle, ...] = ()
    cc: tuple[Handle, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    thread_keys: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    auto: Auto | None = None
    bounce: Bounce | None = None
    warnings: tuple[str, ...] = ()
    ticket: int | None = None
    topic: str | None = None
    request_type: str | None = None
    visit: VisitWish | None = None


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message that is ready to leave, exactly as it will be sent each time.

    ``attempt`` counts the tries that may have reached the far end, this one included;
    ``at`` is when this one is made.
    """

    identity: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the far end said when it took a message."""

    identity: str
    detail: str = ""
    refused: tuple[FailedRecipient, ...] = ()
