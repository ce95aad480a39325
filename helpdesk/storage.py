"""Where raw messages and attachments lie: by content, outside the database.

The interface is small on purpose: a bucket that several machines share can
stand in for the folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

SYNCING_THREADS = 8
MOST_OPEN = 100
_KEY = re.compile("[0-9a-f]{64}")


class Storage(Protocol):
    """Keeps bytes under the SHA-256 of their content."""

    def put(self, data: bytes) -> str:
        """Keep the bytes safely and return their key; keeping them again is no work."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """Make what is put inside the block safe all at once, at the latest at its end.

        Whoever refers to the keys commits after the block.
        """
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

    def remove(self, key: str) -> None:
        """Delete the bytes for good; nothing happens where there are none.

        Only for what nothing refers to any more: equal bytes are kept once for all.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Unsafe:
    """A whole file under a name of no meaning, which the disk may not have yet."""

    temporary: Path
    path: Path
    handle: int


# What is put by this thread in the block that it is in, by key.
_waiting: ContextVar[dict[str, _Unsafe] | None] = ContextVar("waiting", default=None)


class FolderStorage:
    """A folder of files named by content, each safe on disk before it has its name."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Write once under the content's name and wait until the disk has it."""
        key = hashlib.sha256(data).hexdigest()
        with self.together():
            waiting = _waiting.get()
            assert waiting is not None
            if key not in waiting and not _holds(path := self._path(key), len(data)):
                waiting[key] = _write(path, data)
            if len(waiting) >= MOST_OPEN:
                _make_safe(waiting)
        return key

    @contextmanager
    def together(self) -> Iterator[None]:
        """Sync the files of the block side by side: that takes little longer than one."""
        if _waiting.get() is not None:  # the outermost block is the one that waits
            yield
            return
        waiting: dict[str, _Unsafe] = {}
        token = _waiting.set(waiting)
        try:
            yield
            _make_safe(waiting)
        finally:
            _waiting.reset(token)
            for file in waiting.values():
                os.close(file.handle)
                file.temporary.unlink(missing_ok=True)

    def read(self, key: str) -> bytes:
        """Return the bytes."""
        with self.open(key) as file:
            return file.read()

    def open(self, key: str) -> BinaryIO:
        """Open the file."""
        unsafe = (_waiting.get() or {}).get(key)
        return (unsafe.temporary if unsafe else self._path(key)).open("rb")

    def keys(self) -> Iterable[str]:
        """Name every whole file."""
        for path in self.root.glob("??/*"):
            if not path.name.startswith("."):
                yield path.name

    def remove(self, key: str) -> None:
        """Delete the file."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError(key)
        return self.root / key[:2] / key


def _holds(path: Path, size: int) -> bool:
    """A process killed while writing leaves a short file: only a whole one counts."""
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _write(path: Path, data: bytes) -> _Unsafe:
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb", buffering=0, closefd=False) as file:
            left = memoryview(data)
            while left:
                left = left[file.write(left) :]
    except BaseException:
        os.close(handle)
        temporary.unlink(missing_ok=True)
        raise
    return _Unsafe(temporary, path, handle)


def _make_safe(waiting: dict[str, _Unsafe]) -> None:
    """Wait for the bytes, then give them their names, then wait for the names."""
    files = list(waiting.values())
    if len(files) < 2:
        _finish(files, map)
    else:
        with ThreadPoolExecutor(min(len(files), SYNCING_THREADS)) as pool:
            _finish(files, pool.map)
    for file in files:
        os.close(file.handle)
    waiting.clear()


def _finish(files: list[_Unsafe], each: Callable[..., Iterator[None]]) -> None:
    for _synced in each(os.fsync, [file.handle for file in files]):
        pass
    for file in files:
        file.temporary.replace(file.path)
    for _synced in each(_sync_folder, {file.path.parent for file in files}):
        pass


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
