"""Every behaviour that the desk promises has a test that names it.

The numbers are those of the list of behaviours that the desk is built to; a test names one
in its docstring (or its file's) as ``BEHAVIOURS 6`` or ``BEHAVIOURS 8, 12``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
ALL = range(1, 38)
NOT_BUILT: dict[int, str] = {}
"""What the desk does not do yet."""
_NAMED = re.compile(r"BEHAVIOURS\s+(\d+(?:\s*(?:,|and|to|–|-)\s*(?:BEHAVIOURS\s+)?\d+)*)")
_NUMBER = re.compile(r"\d+")


def test_every_behaviour_that_is_built_has_a_test_that_names_it():
    named = {number for text in _docstrings() for number in numbers_in(text)}

    assert sorted(set(ALL) - named - set(NOT_BUILT)) == []


def test_what_is_not_built_is_named_by_no_test():
    named = {number for text in _docstrings() for number in numbers_in(text)}

    assert sorted(named & set(NOT_BUILT)) == []


def test_numbers_are_read_as_people_write_them():
    assert numbers_in("BEHAVIOURS 6: further messages") == {6}
    assert numbers_in("BEHAVIOURS 9, BEHAVIOURS 10.") == {9, 10}
    assert numbers_in("BEHAVIOURS 8, 12: 450 minutes") == {8, 12}
    assert numbers_in("RFC 3834") == set()


def numbers_in(text: str) -> set[int]:
    """Return the behaviours that a docstring names."""
    return {int(number) for found in _NAMED.findall(text) for number in _NUMBER.findall(found)}


def _docstrings() -> Iterator[str]:
    """Yield the docstrings of test files and of the tests, rules and invariants in them."""
    for path in sorted(TESTS.rglob("test_*.py")):
        if path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield ast.get_docstring(node) or ""
