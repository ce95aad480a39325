"""Following a log while it grows and rotates.

The cursor says which file was read (by its inode and its first bytes) and how far.
What a rotation moved away, copied or packed is read to its end before the new file is
begun; a file that was cut short or written anew begins again. Reading a line twice does
no harm, leaving one out would.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from channels.errors import ChannelError
from channels.hotline.log import decoded_lines
from channels.message import Batch, RawItem

CHUNK = 1024 * 1024
BEGINNING = 256
"""Two logs that share so many first bytes are the same one."""
LOOK_EVERY = 1.0
LONGEST_LINE = 64 * 1024
_PACKED: Mapping[str, Callable[[Path], Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}
_UNREADABLE = {".zst"}
_BROKEN = (OSError, EOFError, lzma.LZMAError)
"""What a packed file raises that is none, or not whole yet."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file was read: ``offset`` bytes; ``begins`` is a digest of its first ``known``."""

    inode: int
    offset: int
    begins: str = ""
    known: int = 0

    def __str__(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str | None) -> Position | None:
        """Read it back; what cannot be read means the beginning."""
        try:
            return cls(**json.loads(text)) if text else None
        except (ValueError, TypeError):
            return None


class LogTail:
    """Implements :class:`channels.base.Source` for a file that somebody else writes."""

    def __init__(self, path: Path, *, stop: threading.Event | None = None) -> None:
        self.path = path
        self._stop = stop or threading.Event()
        self._seen: tuple[int, int] | None = None

    def fetch(self, cursor: str | None, *, now: datetime) -> Iterator[Batch]:  # noqa: ARG002
        """Yield the whole lines behind the cursor, a piece at a time; raise ChannelError."""
        position = Position.parse(cursor)
        try:
            if position is not None:
                yield from self._rest_of_rotated(position)
            begin = self._continued(position)
            status = self.path.stat()
            if position is None or status.st_ino != position.inode:
                # remembered before anything stands in it, or a second rotation would hide it
                yield Batch(items=(), cursor=str(Position(status.st_ino, 0)))
            yield from self._read(self.path, begin)
        except FileNotFoundError:
            raise ChannelError(
                "unreachable",
                f"The log {self.path} is not there; correct its path or start the exchange.",
            ) from None
        except _BROKEN as error:
            why = getattr(error, "strerror", None) or error
            raise ChannelError(
                "unreachable", f"The log {self.path} cannot be read: {why}."
            ) from error

    def done(self, items: tuple[RawItem, ...]) -> None:
        """The log is the exchange's own: nothing to tidy up."""

    def wait(self, seconds: float) -> bool:
        """Wait until the file has changed."""
        waited = 0.0
        while waited < seconds and not self._stop.wait(LOOK_EVERY):
            waited += LOOK_EVERY
            if self._size() != self._seen:
                return True
        return False

    def next_poll(self, now: datetime) -> datetime | None:  # noqa: ARG002 - of the contract
        """Return None: the file is watched."""
        return None

    def close(self) -> None:
        """Nothing stays open between looks."""

    def _size(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size

    def _continued(self, position: Position | None) -> int:
        """Return where to go on in the file that the path names now."""
        if position is None or self.path.stat().st_ino != position.inode:
            return 0
        return position.offset if _is_same(self.path, position) else 0

    def _rest_of_rotated(self, position: Position) -> Iterator[Batch]:
        """Read what was written before the log was begun anew, once or several times."""
        try:
            if self.path.stat().st_ino == position.inode and _is_same(self.path, position):
                return
        except FileNotFoundError:
            pass  # moved away, and the new one is still to come
        moved = self._moved_away()
        was_moved = any(inode == position.inode for _, inode in moved)
        found = False
        for path, inode in moved:
            if found:
                yield from self._read(path, 0, to_the_end=True)
            elif inode == position.inode or (not was_moved and position.known):
                # else it is a copy, which its first bytes tell
                found = _is_same(path, position)
                if found:
                    yield from self._read(path, position.offset, to_the_end=True)

    def _moved_away(self) -> list[tuple[Path, int]]:
        """Return the log's earlier files with their inodes, the oldest first."""
        found = []
        for path in self.path.parent.glob(f"{self.path.name}*"):
            if path == self.path or path.suffix in _UNREADABLE:
                continue
            try:
                status = path.stat()
            except OSError:
                continue
            found.append((status.st_mtime_ns, path, status.st_ino))
        there = {path for _, path, _ in found}
        return [
            (path, inode)
            for _, path, inode in sorted(found)
            # what is just being packed stands there in both forms
            if not (path.suffix in _PACKED and path.with_suffix("") in there)
        ]

    def _read(self, path: Path, offset: int, *, to_the_end: bool = False) -> Iterator[Batch]:
        with _opened(path) as log:
            inode = os.fstat(log.fileno()).st_ino
            begins = log.read(BEGINNING)
            log.seek(offset)
            if path == self.path:
                self._seen = (inode, os.fstat(log.fileno()).st_size)
            while not self._stop.is_set():
                piece = log.read(CHUNK)
                whole = piece.rfind(b"\n") + 1
                if not whole and to_the_end:
                    whole = len(piece)  # nobody will finish this line any more
                if not whole and len(piece) > LONGEST_LINE:
                    whole = len(piece)
                if not whole:
                    return
                offset += whole
                log.seek(offset)
                if len(begins) < BEGINNING:
                    log.seek(0)
                    begins = log.read(BEGINNING)
                    log.seek(offset)
                known = min(len(begins), offset)
                position = Position(inode, offset, _digest(begins[:known]), known)
                lines = tuple(line.rstrip("\r\n") for line in decoded_lines(piece[:whole]))
                yield Batch(items=(), cursor=str(position), lines=lines)


def _is_same(path: Path, position: Position) -> bool:
    """Tell a file that only grew from one that was cut short or written anew."""
    try:
        with _opened(path) as log:
            if position.known and _digest(log.read(position.known)) != position.begins:
                return False
            log.seek(max(position.offset - 1, 0))
            return not position.offset or bool(log.read(1))
    except _BROKEN:
        if path.suffix in _PACKED:
            return False
        raise


def _opened(path: Path) -> IO[bytes]:
    opened: IO[bytes] = _PACKED.get(path.suffix, _plain)(path)
    return opened


def _plain(path: Path) -> IO[bytes]:
    return path.open("rb")


def _digest(beginning: bytes) -> str:
    return hashlib.sha256(beginning).hexdigest()[:16]
