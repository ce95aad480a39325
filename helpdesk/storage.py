"""Where raw messages and attachments lie: by content, outside the database.

The interface is small on purpose: a bucket that several machines share can
stand in for the folder.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol


class Storage(Protocol):
    """Keeps bytes under the SHA-256 of their content."""

    def put(self, data: bytes) -> str:
        """Keep the bytes safely and return their key; keeping them again is no work."""
        ...

    def read(self, key: str) -> bytes:
        """Return the bytes; raise FileNotFoundError where there are none."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Open the bytes for reading in pieces."""
        ...

    def keys(self) -> Iterable[str]:
        """Name everything that is kept."""
        ...


class FolderStorage:
    """A folder of files named by content, safe on disk before ``put`` returns."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Write once under the content's name and wait until the disk has it."""
        key = hashlib.sha256(data).hexdigest()
        path = self._path(key)
        try:
            # a process killed while writing leaves a short file: only a whole one counts
            if path.stat().st_size == len(data):
                return key
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return key

    def read(self, key: str) -> bytes:
        """Return the bytes."""
        return self._path(key).read_bytes()

    def open(self, key: str) -> BinaryIO:
        """Open the file."""
        return self._path(key).open("rb")

    def keys(self) -> Iterable[str]:
        """Name every whole file."""
        for path in self.root.glob("??/*"):
            if not path.name.startswith("."):
                yield path.name

    def _path(self, key: str) -> Path:
        if len(key) != 64 or not all(c in "0123456789abcdef" for c in key):
            raise FileNotFoundError(key)
        return self.root / key[:2] / key
