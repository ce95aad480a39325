"""Several web processes on one machine tell their requests together."""

import os
import subprocess
import sys

from helpdesk import server

_ASK = """
import sys
from pathlib import Path
from helpdesk import create_app
from helpdesk.config import Config
app = create_app(Config(database_url=sys.argv[1], data=Path(sys.argv[2]), secret_key="k" * 20))
client = app.test_client()
client.get("/healthz")
print(client.get("/metrics").text)
"""


def test_requests_of_all_processes_add_up(sqlite_url, tmp_path):
    folder = tmp_path / "metrics"
    folder.mkdir()
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    command = [sys.executable, "-c", _ASK, sqlite_url, str(tmp_path)]

    texts = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]

    line = 'duration_seconds_count{method="GET",status="200",view="ops.alive"} '
    assert line + "1.0" in texts[0]
    assert line + "2.0" in texts[1]
    assert texts[1].count("helpdesk_database_up 1.0") == 1


def test_an_operators_own_folder_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    server._share_metrics()

    assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(tmp_path)
