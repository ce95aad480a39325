"""``python -m tests.bench``: measure, print a table for people and JSON for machines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.bench import report, yardstick
from tests.bench.desks import KINDS
from tests.bench.report import Figure

BENCHMARKS = {
    "deadlines": "deadlines",
    "import": "mails",
    "calls": "calls",
    "centers": "centers",
    "pages": "pages",
    "memory": "memory",
    "promises": "promises",
    "reports": "reports",
    "year": "year",
}
"""Each benchmark's module; it measures once on each kind of database."""
WITHOUT_DATABASE = {"deadlines"}
ONLY_IF_NAMED = {"year"}
"""They take an hour."""


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; exit 1 when a target was missed."""
    asked = _parser().parse_args(arguments)
    kinds = KINDS if asked.database == "both" else (asked.database,)
    figures = []
    for figure in _measured(asked.only or _usual(), kinds):
        sys.stderr.write(f"{figure.benchmark} · {figure.database} · {figure.what}\n")
        figures.append(figure)
    sys.stdout.write(f"{report.table(figures)}\n")
    if asked.json:
        Path(asked.json).write_text(report.as_json(figures) + "\n", encoding="utf-8")
    else:
        sys.stdout.write(f"{report.as_json(figures)}\n")
    return int(any(figure.good is False for figure in figures))


def _usual() -> list[str]:
    return [name for name in BENCHMARKS if name not in ONLY_IF_NAMED]


def _measured(names: list[str], kinds: tuple[str, ...]) -> Iterator[Figure]:
    for name in names:
        measure = import_module(f"tests.bench.{BENCHMARKS[name]}").measure
        if name in WITHOUT_DATABASE:
            yield yardstick.measure(name, "–")
            yield from measure()
            continue
        for kind in kinds:
            yield yardstick.measure(name, kind)
            yield from measure(kind)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", choices=BENCHMARKS)
    parser.add_argument("--database", choices=[*KINDS, "both"], default="both")
    parser.add_argument("--json", metavar="FILE", help="write the JSON there, not to the output")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except pytest.fail.Exception as failure:  # a program that the benchmarks need is missing
        sys.exit(str(failure))
