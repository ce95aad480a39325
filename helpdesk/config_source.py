"""Where configuration is looked up: the environment, one TOML file, files with secrets.

Each lookup names its key in the sentence that refuses what is wrong.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ConfigError(ValueError):
    """A configuration key is wrong; the message names it and says what to write."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key


@dataclass(frozen=True, slots=True)
class Choice:
    """A configurable list entry (a topic, a request type) with its two names."""

    code: str
    zh: str
    en: str


class Source:
    """Looks keys up and says which one is wrong."""

    def __init__(self, environ: Mapping[str, str], table: Mapping[str, Any]) -> None:
        self.environ = environ
        self.table = table
        self.seen: set[str] = set()

    def text(self, key: str, default: str) -> str:
        """Return a non-empty text."""
        value = self._raw(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise ConfigError(key, f"{value!r} is not text; put it in quotes.")
        return value.strip() or default

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """Return a whole number within its bounds."""
        value = self._raw(key)
        if value is None or value == "":
            return default
        try:
            number = int(value)
        except (TypeError, ValueError):
            number = least - 1
        if not least <= number <= most or isinstance(value, bool | float):
            raise ConfigError(key, f"{value!r} is not a whole number from {least} to {most}.")
        return number

    def numbers(
        self, key: str, default: Mapping[str, int], least: int, most: int
    ) -> Mapping[str, int]:
        """Return named whole numbers: a table in the file, ``name=5,other=10`` elsewhere."""
        value = self._raw(key) or {}
        if isinstance(value, str):
            pairs = [part.partition("=") for part in value.split(",") if part.strip()]
            value = {name.strip(): number.strip() for name, _, number in pairs}
        if not isinstance(value, Mapping):
            raise ConfigError(key, "write it as a table, or as name=5,other=10.")
        found = dict(default)
        for name, number in value.items():
            if name not in default:
                raise ConfigError(key, f"{name!r} is not known; write {', '.join(default)}.")
            if not str(number).isascii() or not str(number).isdigit():
                number = least - 1  # noqa: PLW2901 - refused below
            if not least <= int(number) <= most:
                raise ConfigError(key, f"{name} takes a whole number from {least} to {most}.")
            found[name] = int(number)
        return found

    def one_of(self, key: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return one of the words allowed."""
        value = self.text(key, default)
        if value not in allowed:
            raise ConfigError(key, f"{value!r} is not known; write one of {', '.join(allowed)}.")
        return value

    def secret(self, key: str) -> str | None:
        """Return a secret from the environment or from the file that KEY_FILE names."""
        self.seen |= {_short(key), _short(f"{key}_FILE")}
        if self.environ.get(key):
            return self.environ[key]
        if _short(key) in self.table:
            raise ConfigError(
                key, f"secrets do not belong into the file; set {key} or {key}_FILE instead."
            )
        name = self.environ.get(f"{key}_FILE") or self.table.get(_short(f"{key}_FILE"))
        if not name:
            return None
        return read_secret_file(f"{key}_FILE", str(name))

    def choices(self, key: str, default: tuple[Choice, ...]) -> tuple[Choice, ...]:
        """Return a list of tables with code, zh and en."""
        self.seen.add(key)
        rows = self.table.get(key)
        if rows is None:
            return default
        try:
            found = tuple(Choice(str(r["code"]), str(r["zh"]), str(r["en"])) for r in rows)
        except (TypeError, KeyError) as error:
            raise ConfigError(key, "every entry needs code, zh and en.") from error
        if not found or len({choice.code for choice in found}) != len(found):
            raise ConfigError(key, "write at least one entry, and each code only once.")
        return found

    def refuse_unknown(self) -> None:
        """A key that nobody reads is a typing mistake."""
        for key in self.table:
            if key not in self.seen:
                raise ConfigError(key, "is not a key of the configuration file; see README.")

    def _raw(self, key: str) -> Any:
        self.seen.add(_short(key))
        if key in self.environ:
            return self.environ[key]
        return self.table.get(_short(key))


def read_secret_file(key: str, name: str) -> str:
    """Return the stripped content of a secret file; raise ConfigError otherwise."""
    try:
        value = Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(key, f"cannot read {name} ({error}); check the path.") from error
    if not value:
        raise ConfigError(key, f"{name} is empty; put the secret into it.")
    return value


def resolve_secret(reference: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the secret behind ``env:NAME`` or ``file:/path``; raise ConfigError otherwise."""
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        value = environ.get(name)
        if not value:
            raise ConfigError(reference, f"the environment variable {name} is not set.")
        return value
    if kind == "file" and name:
        return read_secret_file(reference, name)
    # what was written instead may be the secret itself: it is not repeated
    raise ConfigError("password or token", "write env:NAME or file:/path, never the secret itself.")


def kept_secret(name: str, path: Path, make: Callable[[], str]) -> str:
    """Make a secret once and keep it, so that a desk on one machine needs no set-up."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_secret_file(name, str(path))
    except OSError as error:
        raise ConfigError(
            "HELPDESK_DATA", f"cannot write to {path.parent} ({error.strerror})."
        ) from error
    made = make()
    with os.fdopen(handle, "w") as file:
        file.write(made)
    return made


def read_toml(name: str | None) -> Mapping[str, Any]:
    """Return the table of a TOML file; none without a name."""
    if not name:
        return {}
    try:
        return tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError("HELPDESK_CONFIG", f"cannot read {name} ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("HELPDESK_CONFIG", f"{name} is not TOML: {error}.") from error


def _short(key: str) -> str:
    return key.removeprefix("HELPDESK_").lower()
