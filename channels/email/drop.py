"""A way out that leads into a folder: for trying the desk without a mail server."""

from __future__ import annotations

import hashlib
from pathlib import Path

from channels.errors import ChannelError
from channels.message import OutgoingMessage, Receipt


class FolderSender:
    """Writes each mail as a file; the same mail twice is one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: OutgoingMessage) -> Receipt:
        """Write the mail; raises ChannelError where the folder cannot be written."""
        name = hashlib.sha256(message.identity.encode()).hexdigest()[:24] + ".eml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(message.raw)
        except OSError as error:
            raise ChannelError("unreachable", f"Cannot write to {self.folder}: {error}.") from error
        return Receipt(message.identity, f"written to {name}")

    def close(self) -> None:
        """There is nothing to close."""
