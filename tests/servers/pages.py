"""A web server for browsers: answers are read whole before any of one is sent.

Werkzeug's own server leaves an answer's file open when the browser hangs up in the middle,
as one does that closes its page while the icon is still on its way. And it waits for nobody
when it ends: an answer that is still being made would take a connection to the database from
an application that has put its own away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import make_server

from tests.servers.process import LOOPBACK

PATIENCE_SECONDS = 20


class Whole:
    """An application with answers that hold nothing open, and a way to await the last of them."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._changed = Condition()
        self._underway = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Make an answer and let go of all that it was made from."""
        self._count(1)
        try:
            parts = self._app(environ, start_response)
            try:
                return [b"".join(parts)]
            finally:
                if hasattr(parts, "close"):
                    parts.close()
        finally:
            self._count(-1)

    def wait(self) -> None:
        """Return when no answer is being made any more."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._underway, PATIENCE_SECONDS)

    def _count(self, more: int) -> None:
        with self._changed:
            self._underway += more
            self._changed.notify_all()


@contextmanager
def serving(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Serve an application for the block, and yield its address."""
    whole = Whole(app)
    server = make_server(LOOPBACK, port, whole, threaded=True)
    thread = Thread(target=server.serve_forever, name="web")
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        whole.wait()
