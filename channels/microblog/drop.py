"""A way out that leads into a folder: for trying the desk without a network."""

from __future__ import annotations

import hashlib
from pathlib import Path

from channels.errors import ChannelError
from channels.message import OutgoingMessage, Receipt


class FolderSender:
    """Writes each post as a file; the same post twice is one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: OutgoingMessage) -> Receipt:
        """Write the post; raises ChannelError where the folder cannot be written."""
        name = hashlib.sha256(message.identity.encode() + message.raw).hexdigest()[:24] + ".json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_bytes(message.raw)
        except OSError as error:
            raise ChannelError(
                "unreachable", f"Cannot write to {self._folder}: {error}."
            ) from error
        return Receipt("", f"written to {name}")

    def close(self) -> None:
        """There is nothing to close."""
