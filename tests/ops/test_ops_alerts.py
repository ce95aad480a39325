"""The alerts that operators are given name metrics that exist, and Prometheus reads them."""

import re
import subprocess
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
METRIC = re.compile(r"helpdesk_[a-z_]+")


def test_promtool_reads_the_alerts():
    checked = subprocess.run(
        ["promtool", "check", "rules", DEPLOY / "alerts.yml"], capture_output=True, check=False
    )

    assert checked.returncode == 0, checked.stderr


def test_every_metric_in_alerts_and_documentation_is_exposed(client):
    text = client.get("/metrics").text
    exposed = set(re.findall(r"^# TYPE (helpdesk_[a-z_]+)", text, re.MULTILINE))
    documented = (DEPLOY.parent / "docs" / "metrics.md").read_text()

    assert set(METRIC.findall(_expressions())) <= exposed
    assert exposed - set(METRIC.findall(documented)) <= {
        "helpdesk_channel_failures",
        "helpdesk_channel_last_success_age_seconds",
    }
    assert set(METRIC.findall(documented)) <= exposed


def _expressions():
    lines = (DEPLOY / "alerts.yml").read_text().splitlines()
    return "\n".join(line for line in lines if "expr:" in line)
