"""The composition root: one place that wires configuration, database, pages and parts."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from helpdesk import config as configuration
from helpdesk import i18n, logs, runtime
from helpdesk.config import Config
from helpdesk.extensions import db, drive_sqlite
from helpdesk.paths import bundled
from helpdesk.services.operations import audit
from helpdesk.storage import FolderStorage


def build(config: Config | None = None, *, pages: bool = True) -> Flask:
    """Build the application from its configuration (the environment's by default).

    Without its pages, which a worker and most commands have no use for, it is built in half
    the time and takes less memory; it speaks the configured language unless told otherwise.
    """
    config = config or configuration.load()
    logs.configure(config.log_format)
    app = Flask("helpdesk", template_folder=str(bundled("templates")))
    app.config.update(_flask_settings(config))
    app.extensions[runtime.CONFIG] = config
    app.extensions[runtime.STORAGE] = FolderStorage(config.data / "files")
    _wire_database(app, config)
    if pages:
        from helpdesk import web  # noqa: PLC0415 - the pages need the extensions wired above

        web.register(app)
    else:
        i18n.init_app(app, default=config.locale, chosen=lambda: None)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        proxied = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    return app


def _flask_settings(config: Config) -> dict[str, object]:
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(config.database_url),
        "SESSION_COOKIE_NAME": "helpdesk",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": config.secure_cookies,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": config.session_lifetime,
        # A form holds several files; a little air for the text beside them.
        "MAX_CONTENT_LENGTH": 2 * config.max_upload + 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,  # a form left open over night must still be sent
        "WTF_CSRF_SSL_STRICT": False,  # SameSite cookies and tokens do; referrers are stripped
    }


def _engine_options(url: str) -> dict[str, object]:
    if make_url(url).get_backend_name() == "sqlite":
        return {}
    return {
        "pool_pre_ping": True,
        "pool_size": 8,
        "max_overflow": 8,
        "pool_timeout": 10,
        "connect_args": {"connect_timeout": 10},
    }


def _wire_database(app: Flask, config: Config) -> None:
    if make_url(config.database_url).get_backend_name() == "sqlite":
        config.data.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    audit.listen(db.session)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            drive_sqlite(db.engine)
