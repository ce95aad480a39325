"""Where raw messages and attachments lie: by content, outside the database.

The interface is small on purpose: a bucket that several machines share can
stand in for the folder.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

SYNCING_THREADS = 16
MOST_OPEN = 100
T = TypeVar("T")


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
            if key not in waiting and not self._has(key, len(data)):
                waiting[key] = _write(self._path(key), data)
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

    def _path(self, key: str) -> Path:
        if len(key) != 64 or not all(c in "0123456789abcdef" for c in key):
            raise FileNotFoundError(key)
        return self.root / key[:2] / key

    def _has(self, key: str, size: int) -> bool:
        """A process killed while writing leaves a short file: only a whole one counts."""
        try:
            return self._path(key).stat().st_size == size
        except FileNotFoundError:
            return False


def _write(path: Path, data: bytes) -> _Unsafe:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    file = _Unsafe(Path(name), path, handle)
    try:
        with os.fdopen(handle, "wb", closefd=False) as target:
            target.write(data)
    except BaseException:
        os.close(handle)
        file.temporary.unlink(missing_ok=True)
        raise
    return file


def _make_safe(waiting: dict[str, _Unsafe]) -> None:
    """Wait for the bytes, then give them their names, then wait for the names."""
    files = list(waiting.values())
    _side_by_side(os.fsync, [file.handle for file in files])
    for file in files:
        file.temporary.replace(file.path)
    _side_by_side(_sync_folder, list({file.path.parent for file in files}))
    for file in files:
        os.close(file.handle)
    waiting.clear()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _side_by_side(sync: Callable[[T], None], what: list[T]) -> None:
    if len(what) < 2:
        for one in what:
            sync(one)
        return
    with ThreadPoolExecutor(min(len(what), SYNCING_THREADS)) as pool:
        for _done in pool.map(sync, what):
            pass
