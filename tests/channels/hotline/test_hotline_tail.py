"""Following a log: every line exactly once, whatever is done to the file meanwhile."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.errors import ChannelError
from channels.hotline.tail import LogTail, Position

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Reader:
    """Reads like the worker: each time with a new source and the cursor that was kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cursor: str | None = None

    def read(self, most: int | None = None) -> list[str]:
        """Return the new lines; after ``most`` pieces the reader dies and keeps its cursor."""
        lines: list[str] = []
        for place, batch in enumerate(LogTail(self.path).fetch(self.cursor, now=NOW), 1):
            lines += batch.lines
            self.cursor = batch.cursor
            if place == most:
                break
        return lines


@pytest.fixture
def log(tmp_path):
    return tmp_path / "queue_log"


def test_what_is_written_later_is_read_later_and_once(log):
    reader = Reader(log)
    log.write_text("one\ntwo\n")
    assert reader.read() == ["one", "two"]
    assert reader.read() == []

    with log.open("a") as file:
        file.write("three\n")

    assert reader.read() == ["three"]


def test_names_in_gbk_are_read_beside_those_in_utf_8(log):
    log.write_bytes("王芳|接\n".encode() + "刘洋|接\r\n".encode("gbk") + b"\xff\xff|?\n")

    assert Reader(log).read() == ["王芳|接", "刘洋|接", "\ufffd\ufffd|?"]


def test_a_line_is_read_when_it_is_whole(log):
    reader = Reader(log)
    log.write_text("one\ntw")
    assert reader.read() == ["one"]

    with log.open("a") as file:
        file.write("o\n")

    assert reader.read() == ["two"]


def test_a_rotated_log_is_read_to_its_end_before_the_new_one(log):
    reader = Reader(log)
    log.write_text("one\n")
    reader.read()
    with log.open("a") as file:
        file.write("two\nthree without an end")
    log.rename(log.with_name("queue_log.1"))
    log.write_text("four\n")

    assert reader.read() == ["two", "three without an end", "four"]
    assert reader.read() == []


def one_is_read_and_two_is_not(log: Path) -> Reader:
    """Let a log grow beyond what was read of it."""
    reader = Reader(log)
    log.write_text("one\n")
    reader.read()
    with log.open("a") as file:
        file.write("two\n")
    return reader


def test_a_log_that_was_moved_away_and_is_not_yet_written_anew_is_read_first(log):
    reader = one_is_read_and_two_is_not(log)
    log.rename(log.with_name("queue_log.1"))

    news = LogTail(log).fetch(reader.cursor, now=NOW)

    assert next(news).lines == ("two",)
    with pytest.raises(ChannelError, match="is not there"):
        next(news)


def test_a_log_that_was_cut_short_begins_again(log):
    reader = Reader(log)
    log.write_text("one\ntwo\nthree\n")
    reader.read()

    log.write_text("four\n")

    assert reader.read() == ["four"]


def test_a_log_that_was_cut_short_and_grew_beyond_where_we_were_begins_again(log):
    reader = Reader(log)
    log.write_text("one\n")
    reader.read()
    shutil.copy(log, log.with_name("queue_log.1"))

    log.write_text("four\nfive\nsix\n")

    assert reader.read() == ["four", "five", "six"]


def test_a_log_that_was_copied_and_emptied_is_read_to_its_end_in_the_copies(log):
    """Logrotate's ``copytruncate``, several times while no worker ran."""
    reader = Reader(log)
    log.write_text("one\n")
    reader.read()
    for number, line in ((2, "two"), (1, "three")):
        with log.open("a") as file:
            file.write(f"{line}\n")
        shutil.copy(log, log.with_name(f"queue_log.{number}"))
        log.write_text("")
    log.write_text("four\n")

    assert reader.read() == ["two", "three", "four"]
    assert reader.read() == []


@pytest.mark.parametrize("pack", [(".gz", gzip), (".bz2", bz2), (".xz", lzma)], ids=lambda p: p[0])
def test_a_rotated_log_that_was_packed_is_read_to_its_end(log, pack):
    suffix, packer = pack
    reader = Reader(log)
    log.with_name(f"queue_log.5{suffix}").write_bytes(b"no archive")
    log.write_text("one\n")
    reader.read()
    with log.open("a") as file:
        file.write("two\n")
    log.with_name(f"queue_log.1{suffix}").write_bytes(packer.compress(log.read_bytes()))
    log.unlink()
    log.write_text("three\n")

    assert reader.read() == ["two", "three"]
    assert reader.read() == []


def test_a_log_that_is_just_being_packed_is_read_from_the_file_that_was_moved(log):
    reader = one_is_read_and_two_is_not(log)
    log.rename(log.with_name("queue_log.1"))
    log.with_name("queue_log.1.gz").write_bytes(gzip.compress(b"one\ntwo\n")[:12])
    log.write_text("three\n")

    assert reader.read() == ["two", "three"]


def test_a_log_that_is_missing_says_what_to_do(log):
    with pytest.raises(ChannelError) as trouble:
        list(LogTail(log).fetch(None, now=NOW))

    assert str(log) in trouble.value.sentence
    assert "correct its path" in trouble.value.sentence


def test_a_cursor_that_cannot_be_read_means_the_beginning(log):
    log.write_text("one\n")
    reader = Reader(log)
    reader.cursor = "nonsense"

    assert reader.read() == ["one"]
    assert Position.parse(reader.cursor) is not None


def test_waiting_ends_when_something_was_written(log):
    log.write_text("one\n")
    source = LogTail(log)
    list(source.fetch(None, now=NOW))
    threading.Timer(0.2, log.write_text, ["one\ntwo\n"]).start()

    assert source.wait(10)


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 4)),
        st.tuples(st.just("half"), st.just(0)),
        st.tuples(st.just("rotate"), st.just(0)),
        st.tuples(st.just("read"), st.integers(0, 2)),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(steps=_STEPS)
def test_every_line_is_read_once_in_its_order_however_it_is_written(tmp_path_factory, steps):
    """Rotations come one between two looks, as they do in life."""
    log = tmp_path_factory.mktemp("log") / "queue_log"
    log.touch()
    reader, written, read, rotations = Reader(log), 0, [], 0
    rotated = half = False
    for step, number in [*steps, ("read", 0), ("write", 1), ("read", 0)]:
        if step == "write":
            with log.open("a") as file:
                for _ in range(number):
                    file.write("" if half else f"line {written}")
                    file.write("\n")
                    written, half = written + 1, False
        elif step == "half" and not half:
            with log.open("a") as file:
                file.write(f"line {written}")
            half = True
        elif step == "rotate" and not rotated and reader.cursor is not None:
            rotations += 1
            log.rename(log.with_name(f"queue_log.{rotations}"))
            log.touch()
            rotated = True
            if half:
                written, half = written + 1, False
        elif step == "read":
            read += reader.read(number or None)
            rotated = rotated and bool(number)

    assert read == [f"line {n}" for n in range(written)]
