"""The desk's configuration: typed, from the environment or one TOML file.

A key is looked up in the environment first, then in the file that
``HELPDESK_CONFIG`` names. Secrets come from the environment or from a file that
a ``…_FILE`` key names, never from the TOML file itself.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from helpdesk import personal_keys
from helpdesk.config_source import Choice, ConfigError, Source, kept_secret, read_toml

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
    ratings: str = "on"
    log_format: str = "auto"
    metrics_token: str | None = None
    personal_keys: tuple[str, ...] = field(default=(), repr=False)
    erase_refused_days: int = 180
    erase_draft_days: int = 30
    topics: tuple[Choice, ...] = TOPICS
    request_types: tuple[Choice, ...] = REQUEST_TYPES

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
    source = Source(environ, read_toml(environ.get("HELPDESK_CONFIG")))
    data = Path(source.text("HELPDESK_DATA", "var")).expanduser().absolute()
    url = source.text("DATABASE_URL", f"sqlite:///{data / 'helpdesk.db'}")
    port = source.number("PORT" if "PORT" in environ else "HELPDESK_PORT", 8000, 1, 65535)
    config = Config(
        database_url=database_url(url),
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
        ratings=source.one_of("HELPDESK_RATINGS", "on", ("on", "off")),
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


def _secret_key(source: Source, data: Path) -> str:
    given = source.secret("SECRET_KEY")
    if given is not None:
        if len(given) < 16:
            raise ConfigError("SECRET_KEY", "is too short; use at least 16 random characters.")
        return given
    return kept_secret("SECRET_KEY_FILE", data / "secret_key", lambda: secrets.token_urlsafe(48))


def _personal_keys(source: Source, data: Path) -> tuple[str, ...]:
    key = "HELPDESK_PERSONAL_KEYS"
    given = source.secret(key)
    if given is None:
        given = kept_secret(f"{key}_FILE", data / "personal_keys", personal_keys.new)
    try:
        return personal_keys.parse(given)
    except ValueError as error:
        raise ConfigError(key, str(error)) from None


def database_url(text: str) -> str:
    """Return the URL as SQLAlchemy takes it; raise ConfigError for another kind of database."""
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
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # a path, a folder, a name that is none
        raise ConfigError(
            "HELPDESK_TIMEZONE", f"{name!r} is not known; write a name like Asia/Shanghai."
        ) from error
    return name
