"""One opened folder of a mailbox: what is in it, and moving mails out of it."""

from __future__ import annotations

import contextlib
import imaplib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.email import imap_errors
from channels.email.account import MailAccount
from channels.email.imap_connection import Connection
from channels.email.oversize import HEAD_BYTES

SEARCH_WINDOW = 50_000  # a reply of more than a million bytes is an error to imaplib
COMMAND_UIDS = 200  # keeps a command line well below the 8,000 bytes that all servers take


@dataclass(frozen=True, slots=True)
class Listed:
    """What the server says of a mail before it is fetched; ``size`` in bytes."""

    uid: int
    size: int
    arrived_at: datetime | None


class Mailbox:
    """A selected folder. Reading sets no flag: everything is fetched with PEEK."""

    def __init__(self, connection: Connection, account: MailAccount) -> None:
        self.connection = connection
        self._account = account
        self._opened = self._select()

    @property
    def uid_validity(self) -> int:
        """The epoch of the UIDs; when it changes, old UIDs mean nothing."""
        return int(self._opened.get(b"UIDVALIDITY", 0))

    def newest_uid(self) -> int:
        """Return the highest UID that is or was in the folder, 0 if none."""
        if b"UIDNEXT" in self._opened:
            return int(self._opened[b"UIDNEXT"]) - 1
        return max(self.uids_after(0), default=0)

    def uids_after(self, uid: int) -> list[int]:
        """List UIDs above ``uid``, lowest first.

        ``n:*`` always names the last message, even below n, so the reply is
        filtered (https://www.rfc-editor.org/rfc/rfc3501#section-6.4.8). Large
        folders are searched from their end in windows of message numbers.
        """
        total = int(self._opened.get(b"EXISTS", 0))
        if total <= SEARCH_WINDOW:
            return self._search(["UID", f"{uid + 1}:*"], above=uid)
        found: list[int] = []
        for last in range(total, 0, -SEARCH_WINDOW):
            first = max(1, last - SEARCH_WINDOW + 1)
            newer = self._search([f"{first}:{last}"], above=uid)
            found = newer + found
            if len(newer) <= last - first:
                break
        return found

    def listed(self, uids: Sequence[int]) -> list[Listed]:
        """Ask for size and arrival of mails; the ones that have vanished are left out."""
        found = self._fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return [
            Listed(uid, int(fields.get(b"RFC822.SIZE") or 0), fields.get(b"INTERNALDATE"))
            for uid, fields in sorted(found.items())
        ]

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes | None]:
        """Fetch whole mails; None where the server has it but cannot give it."""
        try:
            found = self._fetch(uids, ["BODY.PEEK[]"])
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            if imap_errors.may_pass(error):
                raise
            if len(uids) > 1:  # one vanished or broken mail makes some servers refuse all
                return {uid: body for one in uids for uid, body in self.bodies([one]).items()}
            found = {}
        bodies: dict[int, bytes | None] = {
            uid: fields[b"BODY[]"]
            for uid, fields in found.items()
            if isinstance(fields.get(b"BODY[]"), bytes)
        }
        return bodies | dict.fromkeys(self._still_there(set(uids) - set(bodies)))

    def _still_there(self, uids: set[int]) -> list[int]:
        if not uids:
            return []
        self.connection.noop()  # takes note of what others have removed
        return [mail.uid for mail in self.listed(sorted(uids))]

    def head(self, uid: int) -> bytes:
        """Fetch how a mail begins, at most ``HEAD_BYTES``; empty where it cannot be had."""
        for item in (f"BODY.PEEK[]<0.{HEAD_BYTES}>", "BODY.PEEK[HEADER]"):
            try:
                found = self._fetch([uid], [item])
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                continue
            for name, value in found.get(uid, {}).items():
                if name.startswith(b"BODY[") and isinstance(value, bytes):
                    return value[:HEAD_BYTES]
        return b""

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails to another folder, which is made where it is missing."""
        target = self._existing(folder)
        for some in _slices(uids, COMMAND_UIDS):
            if self.connection.has_capability("MOVE"):
                self.connection.move(some, target)
            else:
                self._copy_and_remove(some, target)

    def _copy_and_remove(self, uids: Sequence[int], folder: str) -> None:
        self.connection.copy(uids, folder)
        self.connection.delete_messages(uids, silent=True)
        if self.connection.has_capability("UIDPLUS"):
            self.connection.uid_expunge(uids)
        elif set(self._search(["DELETED"])) <= set(uids):
            self.connection.expunge()  # never what a person has marked for deletion

    def _existing(self, folder: str) -> str:
        if folder in (known := self._folders()):
            return folder
        prefix = self._personal_prefix()
        if prefix + folder in known:
            return prefix + folder
        wanted = folder if folder.startswith(prefix) else prefix + folder
        self.connection.create_folder(wanted)
        with contextlib.suppress(imaplib.IMAP4.error):  # only mail programs care
            self.connection.subscribe_folder(wanted)
        return wanted

    def _personal_prefix(self) -> str:
        if not self.connection.has_capability("NAMESPACE"):
            return ""
        personal = self.connection.namespace().personal
        return str(personal[0][0]) if personal else ""

    def _folders(self) -> list[str]:
        return [str(name) for _flags, _separator, name in self.connection.list_folders()]

    def _select(self) -> dict[bytes, Any]:
        read_only = self._account.move_to is None
        try:
            opened = self.connection.select_folder(self._account.folder, readonly=read_only)
        except imaplib.IMAP4.readonly as error:
            raise imap_errors.read_only(self._account) from error
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            problem = imap_errors.refused(self._account, error)
            if not problem.permanent and self._account.folder not in (known := self._folders()):
                problem = imap_errors.folder_missing(self._account, known)
            raise problem from error
        return dict(opened)

    def _search(self, criteria: list[str], *, above: int = 0) -> list[int]:
        return sorted(uid for uid in self.connection.search(criteria) if uid > above)

    def _fetch(self, uids: Sequence[int], items: list[str]) -> dict[int, dict[bytes, Any]]:
        found: dict[int, dict[bytes, Any]] = {}
        for some in _slices(uids, COMMAND_UIDS):
            found |= self.connection.fetch(some, items)
        return found


def _slices(uids: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (uids[start : start + size] for start in range(0, len(uids), size))
