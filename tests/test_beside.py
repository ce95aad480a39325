"""Work on a second core: what is needed next is made while the caller deals with what is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk import beside
from tests.scenarios.running import eventually


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(beside, "cores", lambda: 2)


def who_and_double(number: int) -> tuple[int, int]:
    return os.getpid(), number * 2


def refuse_three(number: int) -> int:
    if number == 3:
        raise ValueError("three is too many")
    return number


def die_of_three(number: int) -> int:
    """Die as a process that takes too much memory does, but only beside the one that asked."""
    if number == 3 and os.getppid() == int(os.environ["WHO_ASKS"]):
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def speak(number: int) -> int:
    os.write(1, b"a library that prints")
    return number


def numbered(*numbers: int) -> list[tuple[str, int]]:
    return [(f"task {number}", number) for number in numbers]


def test_results_come_in_the_order_of_their_tasks():
    found = list(beside.ahead(who_and_double, numbered(*range(20))))
    assert [(key, double) for key, (_who, double) in found] == [
        (f"task {number}", number * 2) for number in range(20)
    ]


def test_all_but_the_first_are_worked_at_by_one_other_process():
    who = [who for _key, (who, _double) in beside.ahead(who_and_double, numbered(1, 2, 3))]
    assert who[0] == os.getpid()
    assert who[1] == who[2] != os.getpid()


def test_a_single_task_begins_no_process():
    [(_key, (who, _double))] = beside.ahead(who_and_double, numbered(1))
    assert who == os.getpid()


def test_nothing_to_do_is_done_at_once():
    assert list(beside.ahead(who_and_double, [])) == []


def test_on_one_core_everything_is_done_here(monkeypatch):
    monkeypatch.setattr(beside, "cores", lambda: 1)
    found = list(beside.ahead(who_and_double, numbered(1, 2, 3)))
    assert {who for _key, (who, _double) in found} == {os.getpid()}
    assert [double for _key, (_who, double) in found] == [2, 4, 6]


def test_what_the_work_raises_is_raised_where_its_result_would_come():
    results = beside.ahead(refuse_three, numbered(1, 2, 3, 4))
    assert next(results) == ("task 1", 1)
    assert next(results) == ("task 2", 2)
    with pytest.raises(ValueError, match="three is too many"):
        next(results)


def test_where_the_process_is_killed_the_rest_is_done_here(monkeypatch):
    monkeypatch.setenv("WHO_ASKS", str(os.getpid()))
    found = list(beside.ahead(die_of_three, numbered(1, 2, 3, 4, 5)))
    assert [number for _key, number in found] == [1, 2, 3, 4, 5]


def test_where_no_process_can_begin_everything_is_done_here(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    found = list(beside.ahead(who_and_double, numbered(1, 2, 3)))
    assert {who for _key, (who, _double) in found} == {os.getpid()}


def test_what_the_work_prints_does_not_get_between_the_results():
    assert [number for _key, number in beside.ahead(speak, numbered(1, 2, 3))] == [1, 2, 3]


def test_a_caller_that_stops_asking_leaves_no_process():
    results = beside.ahead(who_and_double, numbered(*range(10)))
    next(results)
    _key, (who, _double) = next(results)
    results.close()
    assert is_gone(who)


def test_the_process_ends_with_the_one_that_began_it():
    parent = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not is_gone(child)
    parent.kill()
    parent.communicate()
    eventually(lambda: is_gone(child), "the process is gone")


KILLED = """
import time
from helpdesk import beside
from tests.test_beside import numbered, who_and_double
beside.cores = lambda: 2
for _key, (who, double) in beside.ahead(who_and_double, numbered(1, 2, 3, 4)):
    if double == 4:
        print(who, flush=True)
        time.sleep(60)
"""


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"
