"""The rules for Prometheus: its own tools read and try them, and each alert says what to do."""

import re
import subprocess

import pytest

from tests.ops.monitoring import HANDBOOK, ROOT, RULES, metrics_of, recorded, rules
from tests.servers.parts import requires

TRIED = sorted((ROOT / "tests" / "ops" / "rules").glob("*.yml"))


def promtool(*arguments):
    tool = requires("promtool", package="prometheus")
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", ["recording.yml", "alerts.yml"])
def test_promtool_reads_the_rules(file):
    promtool("check", "rules", RULES / file)


@pytest.mark.parametrize("file", TRIED, ids=lambda file: file.stem)
def test_alerts_fire_when_they_should_and_only_then(file):
    promtool("test", "rules", file)


@pytest.mark.parametrize("alert", rules("alerts.yml"), ids=lambda rule: rule.name)
def test_an_alert_is_tried_and_says_what_it_means_and_what_to_do(alert):
    tried = "".join(file.read_text(encoding="utf-8") for file in TRIED)
    chapters = re.findall(r"^### (\w+)$", HANDBOOK.read_text(encoding="utf-8"), re.MULTILINE)

    assert f'alertname="{alert.name}"' in tried
    assert alert.entries["severity"] in ("critical", "warning")
    assert len(alert.entries["summary"]) > 20
    assert len(alert.entries["description"]) > 40
    assert alert.entries["runbook"] == f"docs/monitoring.md#{alert.name.lower()}"
    assert alert.name in chapters


def test_the_handbook_explains_no_alert_that_is_none():
    chapters = re.findall(r"^### (\w+)$", HANDBOOK.read_text(encoding="utf-8"), re.MULTILINE)

    assert chapters == [alert.name for alert in rules("alerts.yml")]


def test_what_is_recorded_is_used():
    texts = [(RULES / name).read_text(encoding="utf-8") for name in ("recording.yml", "alerts.yml")]
    texts.append((ROOT / "deploy" / "grafana" / "helpdesk.json").read_text(encoding="utf-8"))

    unused = {name for name in recorded() if sum(text.count(name) for text in texts) < 2}

    assert unused == set()
    assert {name for rule in rules("alerts.yml") for name in metrics_of(rule.text)} & recorded()
