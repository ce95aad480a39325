"""What every test's application may share, since it comes out the same each time.

A test builds an application of its own, which would parse two hundred addresses and compile each
page's template anew, and hash each password as dearly as a real desk does: together more than
half of what a test of the pages took.
"""

from __future__ import annotations

from collections.abc import Iterator

import jinja2
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from jinja2.bccache import Bucket
from sqlalchemy.engine import Dialect, Engine
from werkzeug.routing import Rule

from helpdesk import extensions
from helpdesk.extensions import db
from helpdesk.services import accounts


class KeptTemplates(jinja2.BytecodeCache):
    """Compiled templates, for as long as the tests run."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what was compiled before; Jinja checks that the source is still the same."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compile_templates_once() -> Iterator[None]:
    """Let every application of the run take templates that another has compiled."""
    options = Flask.jinja_options
    Flask.jinja_options = {**options, "bytecode_cache": KeptTemplates()}
    yield
    Flask.jinja_options = options


@pytest.fixture(scope="session", autouse=True)
def compile_addresses_once() -> Iterator[None]:
    """Let every application of the run take what Werkzeug made of an address before."""
    compile_anew = Rule.compile
    compiled: dict[object, dict[str, object]] = {}

    def compile_rule(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.merge_slashes, repr(rule.defaults))
        if key not in compiled:
            compile_anew(rule)
            compiled[key] = {
                "_parts": rule._parts,
                "_trace": rule._trace,
                "_converters": rule._converters,
                "arguments": rule.arguments,
                "_build": rule._build.__func__,
                "_build_unknown": rule._build_unknown.__func__,
            }
        for name, value in compiled[key].items():
            setattr(rule, name, value.__get__(rule) if name.startswith("_build") else value)

    Rule.compile = compile_rule  # type: ignore[method-assign]
    yield
    Rule.compile = compile_anew  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def compile_statements_once() -> Iterator[None]:
    """Let every engine of a kind take the statements that another has compiled.

    They are kept by dialect, so the engines of a kind share that as well.
    """
    make_anew = SQLAlchemy._make_engine
    kept: dict[tuple[str, str], tuple[Dialect, object]] = {}

    def make_engine(*arguments: object) -> Engine:
        engine = make_anew(db, *arguments)  # type: ignore[arg-type]
        dialect, compiled = kept.setdefault(
            (engine.dialect.name, engine.driver), (engine.dialect, engine._compiled_cache)
        )
        engine.dialect = engine.pool._dialect = dialect
        engine._compiled_cache = compiled  # type: ignore[assignment]
        return engine

    db._make_engine = make_engine  # type: ignore[method-assign]
    yield
    del db._make_engine


@pytest.fixture(scope="session", autouse=True)
def wait_for_no_disk() -> Iterator[None]:
    """Let SQLite call written what the system has taken: the tests' files outlive no power cut."""
    configure_safely = extensions._configure

    def configure(connection: object, record: object) -> None:
        configure_safely(connection, record)
        connection.execute("PRAGMA synchronous = OFF").close()  # type: ignore[attr-defined]

    extensions._configure = configure
    yield
    extensions._configure = configure_safely


@pytest.fixture(scope="session", autouse=True)
def hash_passwords_cheaply() -> Iterator[None]:
    """Hash with Argon2 as the desk does, but with as little work as it allows."""
    dear = accounts._hasher
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts._hasher = lambda: cheap  # type: ignore[assignment]
    yield
    accounts._hasher = dear
