"""What the files for Prometheus and Grafana say, and which metrics they name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus"
DASHBOARD = ROOT / "deploy" / "grafana" / "helpdesk.json"
HANDBOOK = ROOT / "docs" / "monitoring.md"

_NAME = re.compile(r"\bhelpdesk[_:][a-zA-Z0-9_:]+")
_LABELS = re.compile(r"\{[^}]*\}")
_RULE = re.compile(
    r"^      - (alert|record): (\S+)\n(.*?)(?=^      - |^  - |^  #|\Z)", re.MULTILINE | re.DOTALL
)
_ENTRY = re.compile(r"^ +(\w+): (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """One rule of Prometheus: its name and its entries as they are written."""

    kind: str
    name: str
    entries: dict[str, str]
    text: str


def rules(file: str) -> list[Rule]:
    """Read the rules of a file, which all stand in the same shape."""
    found = _RULE.findall((RULES / file).read_text(encoding="utf-8"))
    return [Rule(kind, name, dict(_ENTRY.findall(body)), body) for kind, name, body in found]


def metrics_of(expression: str) -> set[str]:
    """Return the metrics that an expression names; words inside of its labels are none."""
    return set(_NAME.findall(_LABELS.sub("", expression)))


def recorded() -> set[str]:
    """Return what the recording rules make."""
    return {rule.name for rule in rules("recording.yml") if rule.kind == "record"}


def expressions() -> list[tuple[str, str]]:
    """Return the title of each panel of the dashboard with each of its expressions."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [
        (panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", ())
    ]


def exported(text: str) -> set[str]:
    """Return the names of all samples of an exposition."""
    return set(re.findall(r"^(helpdesk_[a-z_]+)", text, re.MULTILINE))
