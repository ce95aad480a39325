"""The desk's configuration: typed, from the environment or one TOML file.

A key is looked up in the environment first, then in the file that
``HELPDESK_CONFIG`` names. Secrets come from the environment or from a file that
a ``…_FILE`` key names, never from the TOML file itself.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from helpdesk import personal_keys


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


TOPICS = (
    Choice("plaque_unveiling", "揭牌", "Plaque unveiling"),
    Choice("venue_decoration", "场地装饰布置", "Venue decoration"),
    Choice("instructor_training", "师资培训", "Instructor training"),
    Choice("teaching_materials", "教材教学课件输出", "Teaching materials"),
    Choice("certification_exam", "认证考试", "Certification exam"),
    Choice("career_guidance", "考生就业创业指导", "Career guidance"),
    Choice("work_promotion", "考生优秀作品营销宣传", "Promotion of works"),
)
REQUEST_TYPES = (
    Choice("consultation", "咨询", "Consultation"),
    Choice("inquiry", "查询", "Inquiry"),
    Choice("complaint", "投诉", "Complaint"),
)


CENTER_REMINDER_DAYS: Mapping[str, int] = {
    "preliminary": 5,
    "site_visit": 15,
    "forward": 5,
    "opinions": 10,
    "sign": 10,
    "training": 30,
    "grant": 5,
    "exit_decision": 5,
    "closing_duties": 10,
    "agreement_ends": 30,
    "review_due": 20,
    "again": 5,
}
"""Service days until what waits with a center is brought to mind, or before a date of its."""


@dataclass(frozen=True)
class Config:
    """Everything an operator can set. Sizes in bytes, times as timedeltas."""

    database_url: str
    data: Path
    secret_key: str
    site_name: str = "认证服务台"
    office_name: str = "认证管理办公室"
    base_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    web_threads: int = 8
    web_processes: int = 1
    locale: str = "zh"
    timezone: str = "Asia/Shanghai"
    token_prefix: str = ""
    trusted_proxies: int = 0
    max_upload: int = 25 * 1024 * 1024
    max_mail: int = 30 * 1024 * 1024
    session_hours: int = 12
    visitor_tickets_per_hour: int = 5
    acknowledgements_per_sender_per_day: int = 10
    answer_rate_target: int = 85
    service_level_seconds: int = 20
    short_abandon_seconds: int = 0
    at_once_minutes: int = 15
    visit_reminder_days: int = 1
    visit_answer_days: int = 2
    center_reminder_days: Mapping[str, int] = field(
        default_factory=lambda: dict(CENTER_REMINDER_DAYS)
    )
    log_format: str = "auto"
    metrics_token: str | None = None
    personal_keys: tuple[str, ...] = field(default=(), repr=False)
    erase_refused_days: int = 180
    erase_draft_days: int = 30
    topics: tuple[Choice, ...] = TOPICS
    request_types: tuple[Choice, ...] = REQUEST_TYPES
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def secure_cookies(self) -> bool:
        """Cookies are Secure wherever the desk is reached by https."""
        return self.base_url.startswith("https://")

    @property
    def zone(self) -> ZoneInfo:
        """The desk's local time."""
        return ZoneInfo(self.timezone)

    @property
    def session_lifetime(self) -> timedelta:
        """How long a sign-in lasts without use."""
        return timedelta(hours=self.session_hours)

    @property
    def mail_domain(self) -> str:
        """The right-hand side of the desk's own Message-IDs."""
        return urlsplit(self.base_url).hostname or "helpdesk.invalid"


def load(environ: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration; raise ConfigError naming the first wrong key."""
    source = Source(environ, _toml(environ.get("HELPDESK_CONFIG")))
    data = Path(source.text("HELPDESK_DATA", "var")).expanduser().absolute()
    url = source.text("DATABASE_URL", f"sqlite:///{data / 'helpdesk.db'}")
    port = source.number("PORT" if "PORT" in environ else "HELPDESK_PORT", 8000, 1, 65535)
    config = Config(
        database_url=_database_url(url),
        data=data,
        secret_key=_secret_key(source, data),
        site_name=source.text("HELPDESK_SITE_NAME", "认证服务台"),
        office_name=source.text("HELPDESK_OFFICE_NAME", "认证管理办公室"),
        base_url=_base_url(source.text("HELPDESK_BASE_URL", f"http://127.0.0.1:{port}")),
        host=source.text("HELPDESK_HOST", "127.0.0.1"),
        port=port,
        web_threads=source.number("HELPDESK_WEB_THREADS", 8, 1, 256),
        web_processes=source.number("HELPDESK_WEB_PROCESSES", 1, 1, 64),
        locale=source.one_of("HELPDESK_LOCALE", "zh", ("zh", "en")),
        timezone=_timezone(source.text("HELPDESK_TIMEZONE", "Asia/Shanghai")),
        token_prefix=source.text("HELPDESK_TOKEN_PREFIX", ""),
        trusted_proxies=source.number("HELPDESK_TRUSTED_PROXIES", 0, 0, 10),
        max_upload=source.number("HELPDESK_MAX_UPLOAD_MB", 25, 1, 1024) * 1024 * 1024,
        max_mail=source.number("HELPDESK_MAX_MAIL_MB", 30, 1, 1024) * 1024 * 1024,
        session_hours=source.number("HELPDESK_SESSION_HOURS", 12, 1, 24 * 90),
        visitor_tickets_per_hour=source.number("HELPDESK_VISITOR_TICKETS_PER_HOUR", 5, 0, 10_000),
        acknowledgements_per_sender_per_day=source.number(
            "HELPDESK_ACKNOWLEDGEMENTS_PER_SENDER_PER_DAY", 10, 0, 10_000
        ),
        answer_rate_target=source.number("HELPDESK_ANSWER_RATE_PERCENT", 85, 1, 100),
        service_level_seconds=source.number("HELPDESK_SERVICE_LEVEL_SECONDS", 20, 1, 3600),
        short_abandon_seconds=source.number("HELPDESK_SHORT_ABANDON_SECONDS", 0, 0, 600),
        at_once_minutes=source.number("HELPDESK_AT_ONCE_MINUTES", 15, 1, 450),
        visit_reminder_days=source.number("HELPDESK_VISIT_REMINDER_DAYS", 1, 0, 30),
        visit_answer_days=source.number("HELPDESK_VISIT_ANSWER_DAYS", 2, 1, 30),
        center_reminder_days=source.numbers(
            "HELPDESK_CENTER_REMINDER_DAYS", CENTER_REMINDER_DAYS, 1, 365
        ),
        log_format=source.one_of("HELPDESK_LOG_FORMAT", "auto", ("auto", "json", "console")),
        metrics_token=source.secret("HELPDESK_METRICS_TOKEN"),
        personal_keys=_personal_keys(source, data),
        erase_refused_days=source.number("HELPDESK_ERASE_REFUSED_DAYS", 180, 1, 3650),
        erase_draft_days=source.number("HELPDESK_ERASE_DRAFT_DAYS", 30, 1, 3650),
        topics=source.choices("topics", TOPICS),
        request_types=source.choices("request_types", REQUEST_TYPES),
    )
    source.refuse_unknown()
    return config


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


def _short(key: str) -> str:
    return key.removeprefix("HELPDESK_").lower()


def _toml(name: str | None) -> Mapping[str, Any]:
    if not name:
        return {}
    try:
        return tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError("HELPDESK_CONFIG", f"cannot read {name} ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("HELPDESK_CONFIG", f"{name} is not TOML: {error}.") from error


def _secret_key(source: Source, data: Path) -> str:
    given = source.secret("SECRET_KEY")
    if given is not None:
        if len(given) < 16:
            raise ConfigError("SECRET_KEY", "is too short; use at least 16 random characters.")
        return given
    return _kept_secret("SECRET_KEY_FILE", data / "secret_key", lambda: secrets.token_urlsafe(48))


def _personal_keys(source: Source, data: Path) -> tuple[str, ...]:
    key = "HELPDESK_PERSONAL_KEYS"
    given = source.secret(key)
    if given is None:
        given = _kept_secret(f"{key}_FILE", data / "personal_keys", personal_keys.new)
    try:
        return personal_keys.parse(given)
    except ValueError as error:
        raise ConfigError(key, str(error)) from None


def _kept_secret(name: str, path: Path, make: Callable[[], str]) -> str:
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


def _database_url(text: str) -> str:
    # The short spellings that hosts hand out mean psycopg 3 here.
    for prefix in ("postgres://", "postgresql://"):
        if text.startswith(prefix):
            text = "postgresql+psycopg://" + text.removeprefix(prefix)
    scheme, separator, _rest = text.partition("://")
    if not separator:
        raise ConfigError(
            "DATABASE_URL", f"{text!r} is no database URL; write sqlite:///… or postgresql://…."
        )
    backend = scheme.partition("+")[0]
    if backend not in ("sqlite", "postgresql"):
        raise ConfigError("DATABASE_URL", f"{backend} is not supported; use SQLite or PostgreSQL.")
    return text


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError("HELPDESK_BASE_URL", f"{text!r} is no address; write https://name.")
    return text.rstrip("/")


def _timezone(name: str) -> str:
    return _checked("HELPDESK_TIMEZONE", name, ZoneInfo)


def _checked(key: str, value: str, check: Callable[[str], object]) -> str:
    try:
        check(value)
    except Exception as error:
        raise ConfigError(
            key, f"{value!r} is not known; write a name like Asia/Shanghai."
        ) from error
    return value
