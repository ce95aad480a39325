"""The examples under deploy/ are read by the programs that they are for."""

from __future__ import annotations

import configparser
import subprocess
from pathlib import Path

import pytest

from tests.servers.parts import requires

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_prometheus_reads_its_example():
    promtool = requires("promtool", package="prometheus")
    command = [
        promtool,
        "check",
        "config",
        "--syntax-only",
        str(DEPLOY / "prometheus" / "prometheus.yml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("part", ["web", "worker"])
def test_a_unit_starts_its_part_unprivileged(part):
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(DEPLOY / f"helpdesk-{part}.service")
    service = unit["Service"]
    assert service["ExecStart"].endswith(f"/bin/helpdesk {part}")
    assert (service["User"], service["NoNewPrivileges"]) == ("helpdesk", "yes")
    assert service["ProtectSystem"] == "strict"


def test_the_example_environment_is_a_configuration(tmp_path):
    from helpdesk import personal_keys
    from helpdesk.config import load

    lines = (DEPLOY / "helpdesk.env.example").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for secret in ("SECRET_KEY_FILE", "HELPDESK_METRICS_TOKEN_FILE", "HELPDESK_PERSONAL_KEYS_FILE"):
        kept = tmp_path / secret
        kept.write_text(
            personal_keys.new() if "PERSONAL" in secret else "0123456789abcdef0123456789abcdef"
        )
        environ[secret] = str(kept)
    config = load(environ)
    assert config.secure_cookies
    assert config.database_url.startswith("postgresql+psycopg://")
