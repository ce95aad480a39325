"""A mailbox as a source: reads what is new, waits for more, tidies up behind itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from time import monotonic
from typing import Any

from channels.email import oversize
from channels.email.account import MailAccount
from channels.email.imap_connection import Connection, connect
from channels.email.imap_errors import as_channel_errors, connection_lost
from channels.email.imap_mailbox import Listed, Mailbox
from channels.errors import ChannelError
from channels.message import Batch, RawItem

LISTED_AT_ONCE = 500
STOP_IS_SEEN_WITHIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder has been read, written ``uidvalidity:uid``."""

    uid_validity: int
    uid: int

    def __str__(self) -> str:
        return f"{self.uid_validity}:{self.uid}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read a cursor back; raises ChannelError for anything else."""
        validity, separator, uid = text.partition(":")
        if not (separator and validity.isdecimal() and uid.isdecimal()):
            raise ChannelError(
                "misconfigured", f"{text!r} is no mailbox cursor: clear it.", permanent=True
            )
        return cls(int(validity), int(uid))


class ImapSource:
    r"""Implements :class:`channels.base.Source` for one folder of one mailbox.

    Progress is a cursor of UIDVALIDITY and UID and never depends on ``\Seen``,
    which it neither reads nor sets. A new UIDVALIDITY starts over from the first
    mail: the desk knows by Message-ID what it already has. It connects when it
    is first used and again after an error. ``stop`` ends a wait early. Not for
    use by two threads at once.
    """

    def __init__(self, account: MailAccount, *, stop: threading.Event | None = None) -> None:
        self._account = account
        self._stop = stop or threading.Event()
        self._connection: Connection | None = None
        self._seen = Cursor(0, 0)
        place = f"{account.host.lower()} {account.user}".encode()
        self._folder = f"{sha256(place).hexdigest()[:12]}:{account.folder}"

    def fetch(self, cursor: str | None, *, now: datetime) -> Iterator[Batch]:
        """Yield what lies behind ``cursor``, oldest first; raises ChannelError.

        ``external_id`` is ``place:folder:uidvalidity:uid``, the place being short for
        host and user: many servers begin with the same numbers. A mail that is too
        large, or that the server cannot hand over, comes as a note in its place.
        """
        try:
            with as_channel_errors(self._account):
                yield from self._batches(cursor, now)
        except ChannelError:
            self.close()
            raise

    def done(self, items: tuple[RawItem, ...]) -> None:
        """Move stored mails to ``move_to``, where there is one; notes stay."""
        if self._account.move_to is None or not items:
            return
        try:
            with as_channel_errors(self._account):
                mailbox = self._open()
                uids = [uid for item in items if (uid := self._movable(item, mailbox)) is not None]
                mailbox.move(sorted(uids), self._account.move_to)
        except ChannelError:
            self.close()
            raise

    def wait(self, seconds: float) -> bool:
        """Wait at most ``seconds``; True as soon as the server announces a mail.

        A server without IDLE is looked at again after ``poll_seconds``. Returns
        early, with False, when ``stop`` is set. Raises ChannelError when the
        connection is lost.
        """
        try:
            with as_channel_errors(self._account):
                mailbox = self._open()
                if self._has_news(mailbox):
                    return True
                if not mailbox.connection.has_capability("IDLE"):
                    self._stop.wait(min(seconds, self._account.poll_seconds))
                    return False
                return self._idle(mailbox.connection, seconds)
        except ChannelError:
            self.close()
            raise

    def next_poll(self, now: datetime) -> datetime | None:  # noqa: ARG002 - of the contract
        """Return None: the connection stays open."""
        return None

    def close(self) -> None:
        """Close the connection; never raises."""
        if self._connection is not None:
            self._connection.hang_up()
            self._connection = None

    def _batches(self, cursor: str | None, now: datetime) -> Iterator[Batch]:
        mailbox = self._open()
        after = self._starting_point(cursor, mailbox)
        if cursor is None and self._account.start == "now":
            yield Batch((), str(after))  # or what comes before the next look would be skipped
        self._seen = after
        uids = mailbox.uids_after(after.uid)
        for start in range(0, len(uids), LISTED_AT_ONCE):
            listed = mailbox.listed(uids[start : start + LISTED_AT_ONCE])
            for group in self._groups(listed):
                items = tuple(self._items(mailbox, group, now))
                self._seen = Cursor(mailbox.uid_validity, group[-1].uid)
                yield Batch(items, str(self._seen))
        if uids:  # even if the last ones could not be listed, waiting for them would never end
            self._seen = Cursor(mailbox.uid_validity, uids[-1])

    def _starting_point(self, cursor: str | None, mailbox: Mailbox) -> Cursor:
        if cursor is not None and (known := Cursor.parse(cursor)).uid_validity == (
            mailbox.uid_validity
        ):
            return known
        if cursor is None and self._account.start == "now":
            return Cursor(mailbox.uid_validity, mailbox.newest_uid())
        return Cursor(mailbox.uid_validity, 0)

    def _groups(self, listed: Sequence[Listed]) -> Iterator[list[Listed]]:
        """Split into batches of bounded count and bytes; one mail at least in each."""
        group: list[Listed] = []
        size = 0
        for mail in listed:
            weight = 0 if self._too_large(mail.size) else mail.size
            full = len(group) >= self._account.batch_count
            if group and (full or size + weight > self._account.batch_bytes):
                yield group
                group, size = [], 0
            group.append(mail)
            size += weight
        if group:
            yield group

    def _items(self, mailbox: Mailbox, group: list[Listed], now: datetime) -> Iterator[RawItem]:
        bodies = mailbox.bodies([mail.uid for mail in group if not self._too_large(mail.size)])
        for mail in group:
            if self._too_large(mail.size):
                raw = self._note(mailbox, mail.uid, mail.size)
            elif mail.uid not in bodies:
                continue  # somebody has deleted or moved it since it was listed
            else:
                raw = self._whole(mailbox, mail, bodies.pop(mail.uid))
            yield RawItem(
                external_id=f"{self._folder}:{mailbox.uid_validity}:{mail.uid}",
                raw=raw,
                received_at=min(now, mail.arrived_at.astimezone(UTC)) if mail.arrived_at else now,
            )

    def _whole(self, mailbox: Mailbox, mail: Listed, body: bytes | None) -> bytes:
        if not isinstance(body, bytes):
            return self._note(mailbox, mail.uid, mail.size)
        if self._too_large(len(body)):  # a size that was announced need not be true
            return oversize.note(len(body), self._account.max_message_bytes, body)
        return body

    def _note(self, mailbox: Mailbox, uid: int, size: int) -> bytes:
        return oversize.note(size, self._account.max_message_bytes, mailbox.head(uid))

    def _too_large(self, size: int) -> bool:
        return size > self._account.max_message_bytes

    def _movable(self, item: RawItem, mailbox: Mailbox) -> int | None:
        folder, validity, uid = item.external_id.rsplit(":", 2)
        same = folder == self._folder and int(validity) == mailbox.uid_validity
        return int(uid) if same and oversize.not_fetched(item.raw) is None else None

    def _open(self) -> Mailbox:
        """Open the folder afresh; a connection that has died meanwhile is replaced once."""
        if self._connection is not None:
            try:
                return Mailbox(self._connection, self._account)
            except (OSError, Connection.AbortError):
                self.close()
        self._connection = connect(self._account)
        return Mailbox(self._connection, self._account)

    def _has_news(self, mailbox: Mailbox) -> bool:
        """Tell whether mails came since the last fetch.

        Usually by the answer to SELECT alone: nothing may happen between it and
        IDLE, since a mail that is announced in between is not announced again.
        """
        same = self._seen.uid_validity == mailbox.uid_validity
        seen = self._seen.uid if same else 0
        newest = mailbox.newest_uid()
        if newest <= seen:
            return False
        if mailbox.uids_after(seen):
            return True
        self._seen = Cursor(mailbox.uid_validity, newest)
        return False

    def _idle(self, connection: Connection, seconds: float) -> bool:
        until = monotonic() + seconds
        while not self._stop.is_set() and (left := until - monotonic()) > 0:
            if self._idle_once(connection, min(left, self._account.idle_seconds)):
                return True
        return False

    def _idle_once(self, connection: Connection, seconds: float) -> bool:
        """Idle until news, the end of ``seconds`` or a sign that the line is dead.

        Asking the server to end the IDLE shows whether it is still there.
        """
        until = monotonic() + seconds
        connection.idle()
        news = self._announced(connection.idle_check(timeout=0))
        while not news and not self._stop.is_set() and (left := until - monotonic()) > 0:
            patience = min(left, STOP_IS_SEEN_WITHIN_SECONDS)
            asked_at = monotonic()
            heard = connection.idle_check(timeout=patience)
            news = self._announced(heard)
            if not heard and monotonic() - asked_at < patience / 2:
                break  # readable, yet silent: probably the end of the connection
        _text, rest = connection.idle_done()
        return self._announced(rest) or news

    def _announced(self, heard: list[Any]) -> bool:
        for line in heard:
            if line[0] == b"BYE":
                raise connection_lost(self._account, ConnectionError("BYE"))
        return any(len(line) > 1 and line[1] == b"EXISTS" for line in heard)
