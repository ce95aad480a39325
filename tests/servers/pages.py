"""A web server for browsers: answers are read whole before any of one is sent.

Werkzeug's own server leaves an answer's file open when the browser hangs up in the middle,
as one does that closes its page while the icon is still on its way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import make_server

from tests.servers.process import LOOPBACK


@contextmanager
def serving(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Serve an application for the block, and yield its address."""
    server = make_server(LOOPBACK, port, read_whole(app), threaded=True)
    thread = Thread(target=server.serve_forever, name="web")
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def read_whole(app: WSGIApplication) -> WSGIApplication:
    """Return the application with answers that hold nothing open."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        parts = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer
