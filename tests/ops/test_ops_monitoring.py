"""Rules, dashboard and documentation name only metrics that a desk at work exports."""

import json
import re
import subprocess
from datetime import timedelta

import pytest

from channels.errors import ChannelError
from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount
from helpdesk.services.connections import channel_accounts
from helpdesk.services.operations import heartbeats
from tests.ops.monitoring import (
    DASHBOARD,
    ROOT,
    exported,
    expressions,
    metrics_of,
    recorded,
    rules,
)
from tests.servers.parts import requires
from tests.services.mails import arrive, mail, mailbox


@pytest.fixture
def told(client, session, now):
    """Return the names of all samples of a desk that has mail, a worker and an account."""
    arrive(session, mail(date=now), now=now)
    account_id = mailbox(session, now=now)
    with transaction():
        account = session.get_one(ChannelAccount, account_id)
        account.settings = {"imap": {"host": "imap.example.cn"}}
        account.last_success_at = now - timedelta(minutes=1)
        heartbeats.beat(session, "w1", now=now)
    channel_accounts.note_failure(account_id, ChannelError("unreachable", "gone"), now=now)
    client.get("/healthz")
    return exported(client.get("/metrics").text)


def test_every_metric_of_the_rules_is_exported_or_recorded(told):
    for file in ("recording.yml", "alerts.yml"):
        for rule in rules(file):
            named = metrics_of(
                re.sub(r"^ +(summary|description|runbook):.*$", "", rule.text, flags=re.MULTILINE)
            )
            assert named <= told | recorded(), rule.name


def test_every_metric_of_the_dashboard_is_exported_or_recorded(told):
    for title, expression in expressions():
        named = metrics_of(expression)
        assert named, title
        assert named <= told | recorded(), title


def test_everything_exported_is_documented_and_nothing_else(told):
    documented = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    named = set(re.findall(r"helpdesk_[a-z_]+", documented))
    short = set(re.findall(r"`…(_[a-z_]+)`", documented))
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in told}

    assert named <= families
    assert {name for name in families - named if not name.endswith(tuple(short))} == set()


def test_prometheus_understands_every_expression_of_the_dashboard(tmp_path):
    lines = ["groups:", "- name: dashboard", "  rules:"]
    for number, (_, expression) in enumerate(expressions()):
        plain = re.sub(r"\$__(rate_interval|range)", "5m", expression).replace("$job", "helpdesk")
        lines += [f"  - record: panel:{number}", f"    expr: {json.dumps(plain)}"]
    file = tmp_path / "dashboard.yml"
    file.write_text("\n".join(lines), encoding="utf-8")
    tool = requires("promtool", package="prometheus")

    done = subprocess.run(
        [tool, "check", "rules", file], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_the_dashboard_can_be_imported_anywhere():
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    variables = {variable["name"]: variable["type"] for variable in dashboard["templating"]["list"]}
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]

    assert variables["datasource"] == "datasource"
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    assert "id" not in dashboard
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert all('job=~"$job"' in expression for _, expression in expressions())


def test_no_two_panels_lie_on_each_other():
    taken = set()
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
