"""What every test's application may share, since it comes out the same each time.

A test builds an application of its own, which would parse two hundred addresses and compile each
page's template anew, and hash each password as dearly as a real desk does: together more than
half of what a test of the pages took.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import jinja2
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from jinja2.bccache import Bucket
from sqlalchemy.engine import Dialect, Engine
from werkzeug.routing import Map, RuleFactory

from helpdesk import extensions, web
from helpdesk.extensions import db
from helpdesk.services.identity import accounts
from helpdesk.web import assets


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


class KeptAddresses(Map):
    """A map of addresses that several applications add their own to, the same each time."""

    def __init__(self, *arguments: object, **options: object) -> None:
        self._known: set[object] = set()
        super().__init__(*arguments, **options)  # type: ignore[arg-type]

    def add(self, rulefactory: RuleFactory) -> None:
        """Add the addresses that no application has added before."""
        for rule in rulefactory.get_rules(self):
            key = (rule.rule, rule.endpoint, frozenset(rule.methods or ()), repr(rule.defaults))
            if key not in self._known:
                self._known.add(key)
                super().add(rule)


@pytest.fixture(scope="session", autouse=True)
def map_addresses_once() -> Iterator[None]:
    """Let all applications that have pages share one map; a worker's, without them, has its own."""
    map_class, register_anew = Flask.url_map_class, web.register
    kept: list[Map] = []

    def register(app: Flask) -> None:
        if kept:
            app.url_map = kept[0]
        else:
            kept.append(app.url_map)
        register_anew(app)

    Flask.url_map_class = KeptAddresses
    web.register = register
    yield
    Flask.url_map_class, web.register = map_class, register_anew


@pytest.fixture(scope="session", autouse=True)
def read_assets_once() -> Iterator[None]:
    """Tell the version of the folder of assets, which no test changes, without reading it again."""
    read_anew = assets.digest
    version = read_anew(assets.STATIC)
    assets.digest = lambda folder: version if folder == assets.STATIC else read_anew(folder)
    yield
    assets.digest = read_anew


@pytest.fixture(scope="session", autouse=True)
def look_for_new_garbage_alone() -> Iterator[None]:
    """Spare the collector the third of a million objects that were imported and stay for good."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def compile_statements_once() -> Iterator[None]:
    """Let every engine of a kind take the statements that another has compiled.

    They are kept by dialect, so the engines of a kind share that as well: the first that has
    met its database and knows which version that is.
    """
    make_anew = SQLAlchemy._make_engine
    kept: dict[tuple[str, str], tuple[Dialect, object]] = {}

    def make_engine(*arguments: object) -> Engine:
        engine = make_anew(db, *arguments)  # type: ignore[arg-type]
        kind = engine.dialect.name, engine.driver
        if kind not in kept or kept[kind][0].server_version_info is None:
            kept[kind] = engine.dialect, engine._compiled_cache
        engine.dialect = engine.pool._dialect = kept[kind][0]
        engine._compiled_cache = kept[kind][1]  # type: ignore[assignment]
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
