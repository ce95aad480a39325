"""Mail on disk: single files, mboxes, Maildirs, and folders of any of these."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

# what programs write between two mails of an mbox: a sender and an asctime date
# (RFC 4155, with the zone or the ISO date that some add), then a header field
_SEPARATOR = re.compile(
    rb"^From [^\r\n]{0,300}?"
    rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [A-Z0-9][A-Za-z0-9 ]{2,6} [^\r\n]{0,40}?\d\d:\d\d"
    rb"[^\r\n]{0,40}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^\r\n]{0,40})\r?\n"
    rb"(?=>?From |[!-9;-~]{1,100}[ \t]*:)",
    re.MULTILINE,
)
_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_MAILDIR = ("cur", "new")

OnError = Callable[[str, OSError], None]


def messages_in(path: Path, on_error: OnError | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield (label, raw mail) of everything at ``path``, sorted by name.

    The label is the file's path, with ``#n`` behind it where the file holds more
    than one mail. A file that cannot be opened goes to ``on_error``, else raises
    OSError; a ``path`` that does not exist raises FileNotFoundError.
    """
    if not path.exists():
        raise FileNotFoundError(f"There is no file or folder {path}.")
    for file in _files(path):
        try:
            raw = file.read_bytes()
        except OSError as error:
            if on_error is None:
                raise
            on_error(str(file), error)
            continue
        messages = list(split_mbox(raw))
        for number, message in enumerate(messages, start=1):
            yield (str(file) if len(messages) == 1 else f"{file}#{number}"), message


def split_mbox(raw: bytes) -> Iterator[bytes]:
    """Yield the mails of an mbox; anything else is one mail.

    A separator stands at the beginning or below an empty line, and a header
    field follows it; ``From`` at the start of somebody's sentence is neither.
    """
    start = len(raw) - len(raw.lstrip(b"\xef\xbb\xbf\r\n"))
    if not raw.startswith(b"From ", start):
        yield raw
        return
    starts = [start]
    starts += [
        found.start()
        for found in _SEPARATOR.finditer(raw, start + 1)
        if raw.endswith((b"\n\n", b"\n\r\n"), start, found.start())
    ]
    for at, end in zip(starts, [*starts[1:], len(raw)], strict=True):
        body = raw.find(b"\n", at, end) + 1 or end
        yield _ESCAPED_FROM.sub(rb"\1", _without_last_line(raw[body:end], last=end == len(raw)))


def _without_last_line(message: bytes, *, last: bool) -> bytes:
    """Drop the empty line that belongs to the separator behind it."""
    if last:
        return message
    return message.removesuffix(b"\n").removesuffix(b"\r")


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from _files_of_folder(path)
    else:
        yield path


def _files_of_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder's files; of a Maildir only its mails and its subfolders."""
    is_maildir = any((folder / name).is_dir() for name in _MAILDIR)
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if not (is_maildir and entry.name == "tmp") and entry.name != ".git":
                yield from _files_of_folder(path)
        elif entry.is_file() and not is_maildir and not entry.name.startswith("."):
            yield path
