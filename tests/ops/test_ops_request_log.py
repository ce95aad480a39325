"""Each request has an id and one line in the log, without its secrets."""

import re

import pytest
import structlog
from structlog.testing import LogCapture


@pytest.fixture
def lines(client, monkeypatch):
    """Return the lines that requests write."""
    from helpdesk.web import request_log

    capture = LogCapture()
    logger = structlog.wrap_logger(
        None, processors=[structlog.contextvars.merge_contextvars, capture]
    )
    monkeypatch.setattr(request_log, "log", logger)
    return capture.entries


def test_each_request_is_one_line(client, lines):
    client.get("/healthz?token=a-secret-token")

    [line] = lines
    assert (line["method"], line["path"], line["status"]) == ("GET", "/healthz", 200)
    assert line["ms"] >= 0
    assert "a-secret-token" not in str(line)


def test_the_callers_id_is_kept_and_given_back(client, lines):
    answer = client.get("/healthz", headers={"X-Request-ID": "proxy-4711.a"})

    assert answer.headers["X-Request-ID"] == "proxy-4711.a"
    assert lines[0]["request_id"] == "proxy-4711.a"


@pytest.mark.parametrize("given", ["", "a b", 'x"} {"level": "error', "é", "a" * 129])
def test_an_id_that_is_not_sane_is_replaced(client, lines, given):
    answer = client.get("/healthz", headers={"X-Request-ID": given})

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_ids_differ(client, lines):
    ids = {client.get("/healthz").headers["X-Request-ID"] for _ in range(5)}

    assert len(ids) == 5


def test_a_link_that_signs_somebody_in_is_not_in_the_log(client, lines):
    client.get("/password/the-secret-of-a-reset-link")

    assert lines[-1]["path"] == "/password/…"


def test_pages_that_are_not_there_and_refused_forms_are_logged_too(client, lines):
    client.get("/nothing")
    client.post("/password/forgotten", data={"email": "a@b.cn"})  # without a CSRF token

    assert [line["status"] for line in lines] == [404, 400]
    assert all(line["request_id"] for line in lines)


def test_a_path_cannot_write_a_second_line(client, lines):
    client.get("/x%0a%7b%22level%22:%22error%22%7d" + "y" * 1000)

    assert len(lines[-1]["path"]) <= 300
