"""A channel that exists for a test alone: a fax machine with an in-tray and an out-tray."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from channels.base import Account
from channels.errors import ChannelError, UnreadableMessage
from channels.message import (
    Batch,
    Handle,
    IncomingMessage,
    OutgoingMessage,
    RawItem,
    Receipt,
)


class FaxChannel:
    """Understands letters: the sender's number in the first line, the text below."""

    name = "fax"

    def understand(self, item: RawItem) -> IncomingMessage:
        """Read a letter; raise UnreadableMessage for one without a number."""
        number, _, text = item.raw.decode().partition("\n")
        if not number.strip().isdigit():
            raise UnreadableMessage("no_number", "The fax does not say who sent it.")
        return IncomingMessage(
            channel=self.name,
            identity=f"fax:{item.external_id}",
            happened_at=item.received_at,
            author=Handle("fax", number.strip()),
            subject=text.strip().splitlines()[0],
            text=text,
            reply_text=text,
        )

    def is_polled(self, settings: Mapping[str, Any]) -> bool:
        """Say whether there is an in-tray."""
        return "in_tray" in settings

    def source(self, account: Account, stop: threading.Event | None = None) -> InTray:
        """Return the in-tray."""
        return InTray(Path(account.settings["in_tray"]), stop or threading.Event())

    def sender(self, account: Account) -> OutTray:
        """Return the out-tray."""
        return OutTray(Path(account.settings["out_tray"]))


class InTray:
    """Letters in the order of their names; the cursor is the last name."""

    def __init__(self, folder: Path, stop: threading.Event) -> None:
        self.folder = folder
        self.stop = stop

    def fetch(self, cursor: str | None, *, now: datetime) -> Iterator[Batch]:
        """Yield each new letter."""
        if not self.folder.is_dir():
            raise ChannelError("unreachable", "The fax machine is switched off; switch it on.")
        for path in sorted(self.folder.iterdir()):
            if cursor is None or path.name > cursor:
                yield Batch((RawItem(path.name, path.read_bytes(), now),), path.name)

    def done(self, items: tuple[RawItem, ...]) -> None:
        """Leave the paper where it is."""

    def wait(self, seconds: float) -> bool:
        """Wait a moment."""
        return self.stop.wait(min(seconds, 0.2))

    def next_poll(self, now: datetime) -> datetime | None:
        """Return None: the tray is watched."""
        return None

    def close(self) -> None:
        """There is nothing to close."""


class OutTray:
    """Writes answers for the machine to send."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: OutgoingMessage) -> Receipt:
        """Put a page into the tray; the same one twice is one page."""
        words = json.loads(message.raw)
        name = message.identity.replace(":", "-")
        (self.folder / name).write_text(f"{words['to']}\n{words['text']}")
        return Receipt(message.identity)

    def close(self) -> None:
        """There is nothing to close."""
