"""Is the process alive, is it ready, and who may look at its metrics."""

from datetime import timedelta

import pytest

from helpdesk import create_app, migrate
from helpdesk.extensions import db, transaction
from helpdesk.services.operations import heartbeats
from tests.desk import dispose, make_config
from tests.web.pages import Browser


@pytest.fixture
def make_client(sqlite_url, tmp_path):
    """Return a way to a client of an application with settings of its own."""
    made = []

    def make(**settings):
        url = settings.pop("url", sqlite_url)
        app = create_app(make_config(url, tmp_path / "data", **settings))
        app.test_client_class = Browser
        made.append(app)
        return app.test_client()

    yield make
    for app in made:
        dispose(app)


def test_a_process_that_answers_is_alive(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_a_process_without_a_database_is_alive_but_not_ready(make_client, tmp_path):
    client = make_client(url=f"sqlite:///{tmp_path}/no-such-folder/x.db")

    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["reasons"] == ["the database does not answer"]


def test_an_unmigrated_database_is_not_ready_and_the_command_is_named(make_client, tmp_path):
    answer = make_client(url=f"sqlite:///{tmp_path}/empty.db").get("/readyz")

    assert answer.status_code == 503
    assert "helpdesk db upgrade" in answer.json["reasons"][0]


def test_a_migrated_database_is_ready_with_or_without_a_worker(client, session, now):
    assert client.get("/readyz").json == {
        "ready": True,
        "reasons": [],
        "worker_heartbeat_age_seconds": None,
    }

    with transaction():
        heartbeats.beat(session, "w1", now=now - timedelta(seconds=7))

    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["worker_heartbeat_age_seconds"]) == (200, 7.0)


def test_without_a_token_this_machine_and_its_network_may_see_the_metrics(make_client):
    client = make_client()

    for near in ("127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "::ffff:10.0.0.1"):
        assert client.get("/metrics", environ_base={"REMOTE_ADDR": near}).status_code == 200
    for far in ("8.8.8.8", "2001:4860::1", "::ffff:8.8.8.8", ""):
        answer = client.get("/metrics", environ_base={"REMOTE_ADDR": far})
        assert answer.status_code == 403
        assert "HELPDESK_METRICS_TOKEN" in answer.text


def test_behind_an_unknown_proxy_nobody_is_near(make_client):
    answer = make_client().get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})

    assert answer.status_code == 403


def test_behind_a_known_proxy_the_client_decides(make_client):
    client = make_client(trusted_proxies=1)

    def ask(address):
        return client.get("/metrics", headers={"X-Forwarded-For": address}).status_code

    assert (ask("10.0.0.5"), ask("8.8.8.8")) == (200, 403)
    assert ask("10.0.0.5, 8.8.8.8") == 403  # the last one was written by our proxy


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic s3cret", "Bearer s3cret-but-longer"])
def test_with_a_token_only_its_holder_may_see_them(make_client, header):
    client = make_client(metrics_token="s3cret")

    assert client.get("/metrics", headers={"Authorization": header}).status_code == 401
    right = client.get(
        "/metrics",
        headers={"Authorization": "Bearer s3cret", "X-Forwarded-For": "8.8.8.8"},
        environ_base={"REMOTE_ADDR": "8.8.8.8"},
    )
    assert right.status_code == 200


def test_a_database_in_trouble_is_a_metric_and_not_a_failure(make_client, tmp_path):
    answer = make_client(url=f"sqlite:///{tmp_path}/no-such-folder/x.db").get("/metrics")

    assert answer.status_code == 200
    assert "\nhelpdesk_database_up 0.0\n" in answer.text


def test_the_database_is_let_go_after_each_probe(client, app):
    client.get("/readyz")
    client.get("/metrics")

    assert migrate.is_current()
    assert not db.session().in_transaction()
