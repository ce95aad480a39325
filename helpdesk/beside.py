"""Pure work on a second core: another process that works at what is needed next.

Python's threads share one core. What asks nothing but its argument (reading a mail, say)
can be done by another process meanwhile, which knows neither the database nor the desk's
configuration.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Generic, TypeVar

import structlog

Key = TypeVar("Key")
Task = TypeVar("Task")
Result = TypeVar("Result")

BROKEN = (OSError, EOFError, pickle.UnpicklingError)
"""What a pipe to a process that is gone answers."""
log = structlog.get_logger(__name__)


def ahead(
    work: Callable[[Task], Result], tasks: Iterable[tuple[Key, Task]]
) -> Iterator[tuple[Key, Result]]:
    """Yield each task's key with its result, in their order.

    While the caller deals with a result, the next one is worked at on another core. The
    first is worked at here, since a process takes a moment to begin; for a single task
    none begins. ``work`` is a function of a module, its tasks and results can be pickled;
    what it raises is raised here.
    """
    rest = iter(tasks)
    first = next(rest, None)
    second = next(rest, None)
    if first is None:
        return
    if second is None or cores() < 2:
        yield first[0], work(first[1])
        for key, task in _chained(second, rest):
            yield key, work(task)
        return
    with _Process(work) as process:
        key, result = second[0], process.begin(second[1])
        yield first[0], work(first[1])
        for following, task in rest:
            before, done = key, result.result()
            key, result = following, process.begin(task)
            yield before, done
        yield key, result.result()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve() -> None:
    """Work at what comes through standard input until it ends, as with the parent's death."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when it is enough
    come = sys.stdin.buffer
    # whatever prints goes to the parent's log, never between the results
    go = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        work: Callable[[Any], Any] = pickle.load(come)  # noqa: S301 - the parent's own words
        while True:
            task = pickle.load(come)  # noqa: S301
            _send(go, _tried(work, task))
    except BROKEN:
        return


class _Process(Generic[Task, Result]):
    """A process that works at one task after another.

    Where it is gone, killed for its memory say, this one does what is left.
    """

    def __init__(self, work: Callable[[Task], Result]) -> None:
        self._work = work
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> _Process[Task, Result]:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError as error:
            log.warning("beside.alone", reason=str(error))
            return self
        self._thread.submit(self._tell, self._work)
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()  # it holds nothing that could be lost
        self._thread.shutdown(cancel_futures=True)

    def begin(self, task: Task) -> Future[Result]:
        """Hand a task over; its result can be waited for."""
        return self._thread.submit(self._do, task)

    def _do(self, task: Task) -> Result:
        process = self._process
        if process is None or process.stdout is None:
            return self._work(task)
        try:
            self._tell(task)
            worked, result = pickle.load(process.stdout)  # noqa: S301 - our own process
        except BROKEN as error:
            if self._process is None:
                raise  # nobody waits for it any more
            log.warning("beside.alone", reason=repr(error))
            self._end()
            return self._work(task)
        if not worked:
            raise result
        return result  # type: ignore[no-any-return]

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # of what was not sent any more
                    pipe.close()  # type: ignore[union-attr]

    def _tell(self, what: object) -> None:
        if self._process is not None and self._process.stdin is not None:
            _send(self._process.stdin, what)


def _send(pipe: Any, what: object) -> None:
    pickle.dump(what, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _tried(work: Callable[[Any], Any], task: object) -> tuple[bool, object]:
    gc.disable()  # it would look at a task's many results again and again
    try:
        return True, work(task)
    except Exception as error:  # noqa: BLE001 - the parent raises it
        return False, error
    finally:
        gc.enable()


def _chained(
    second: tuple[Key, Task] | None, rest: Iterable[tuple[Key, Task]]
) -> Iterator[tuple[Key, Task]]:
    if second is not None:
        yield second
    yield from rest
