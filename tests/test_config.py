"""The configuration: typed, from environment or file; a mistake is named by its key."""

from __future__ import annotations

import stat

import pytest

from helpdesk.config import Config, load
from helpdesk.config_source import ConfigError, resolve_secret

KEY = "0123456789abcdef-0123456789abcdef"


@pytest.fixture
def environ(tmp_path):
    return {"HELPDESK_DATA": str(tmp_path / "data"), "SECRET_KEY": KEY}


def _file(environ, tmp_path, text):
    path = tmp_path / "desk.toml"
    path.write_text(text, encoding="utf-8")
    return {**environ, "HELPDESK_CONFIG": str(path)}


def test_nothing_has_to_be_set(tmp_path):
    config = load({"HELPDESK_DATA": str(tmp_path / "data")})

    assert config.database_url == f"sqlite:///{tmp_path / 'data' / 'helpdesk.db'}"
    assert (config.port, config.locale, config.timezone) == (8000, "zh", "Asia/Shanghai")
    assert len(config.topics) == 7


def test_what_nobody_set_is_what_a_configuration_of_code_begins_with(environ):
    """Tests and the demo build theirs without ``load``; both must speak of one desk."""
    loaded = load(environ)

    built = Config(loaded.database_url, loaded.data, KEY, personal_keys=loaded.personal_keys)
    assert loaded == built


@pytest.mark.parametrize("name", ["Asia", "../etc/passwd", "/etc", "Mars/Olympus", "北京"])
def test_a_time_zone_that_is_none_is_named(environ, name):
    with pytest.raises(ConfigError, match="HELPDESK_TIMEZONE"):
        load({**environ, "HELPDESK_TIMEZONE": name})


def test_a_key_is_made_once_and_kept_from_others(tmp_path):
    first = load({"HELPDESK_DATA": str(tmp_path / "data")}).secret_key
    kept = tmp_path / "data" / "secret_key"

    assert len(first) >= 32
    assert load({"HELPDESK_DATA": str(tmp_path / "data")}).secret_key == first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_the_file_counts_and_the_environment_counts_more(environ, tmp_path):
    environ = _file(environ, tmp_path, 'site_name = "服务台"\nport = 8100\n')

    assert load(environ).site_name == "服务台"
    assert load({**environ, "PORT": "8200"}).port == 8200


def test_topics_come_from_the_file(environ, tmp_path):
    topic = '[[topics]]\ncode = "exam"\nzh = "考试"\nen = "Exam"\n'

    assert [t.code for t in load(_file(environ, tmp_path, topic)).topics] == ["exam"]


@pytest.mark.parametrize("short", ["postgres", "postgresql"])
def test_the_short_spellings_of_postgresql_are_understood(environ, short):
    config = load({**environ, "DATABASE_URL": f"{short}://u@h/d"})

    assert config.database_url == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DATABASE_URL", "helpdesk.db"),
        ("DATABASE_URL", "mysql://u@h/d"),
        ("SECRET_KEY", "short"),
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("HELPDESK_PORT", "0"),
        ("HELPDESK_LOCALE", "fr"),
        ("HELPDESK_TIMEZONE", "Peking"),
        ("HELPDESK_BASE_URL", "desk.example.cn"),
        ("HELPDESK_WEB_THREADS", "-1"),
        ("HELPDESK_MAX_UPLOAD_MB", "many"),
        ("HELPDESK_MAX_MAIL_MB", "0"),
        ("HELPDESK_SESSION_HOURS", "0"),
        ("HELPDESK_LOG_FORMAT", "xml"),
        ("HELPDESK_TRUSTED_PROXIES", "yes"),
        ("HELPDESK_CONFIG", "/nowhere/desk.toml"),
        ("SECRET_KEY_FILE", "/nowhere/key"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key(environ, key, value):
    if key == "SECRET_KEY_FILE":
        environ = {name: given for name, given in environ.items() if name != "SECRET_KEY"}

    with pytest.raises(ConfigError) as refused:
        load({**environ, key: value})

    assert refused.value.key == key
    assert str(refused.value).startswith(f"{key}: ")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("prot = 8000", "prot"),
        ("port = 'x'", "HELPDESK_PORT"),
        ("port = 80.5", "HELPDESK_PORT"),
        ("site_name = 7", "HELPDESK_SITE_NAME"),
        ('secret_key = "0123456789abcdef0123"', "SECRET_KEY"),
        ("port =", "HELPDESK_CONFIG"),
        ("topics = []", "topics"),
        ("topics = [{code = 'a'}]", "topics"),
        ("topics = [{code='a',zh='a',en='a'},{code='a',zh='b',en='b'}]", "topics"),
    ],
)
def test_a_mistake_in_the_file_is_refused_with_its_key(environ, tmp_path, text, key):
    environ = {name: given for name, given in environ.items() if name != "SECRET_KEY"}

    with pytest.raises(ConfigError) as refused:
        load(_file(environ, tmp_path, text))

    assert refused.value.key == key


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="HELPDESK_DATA"):
        load({"HELPDESK_DATA": str(tmp_path / "file" / "data")})


def test_secrets_are_references(tmp_path):
    (tmp_path / "secret").write_text("  授权码\n", encoding="utf-8")

    assert resolve_secret("env:CODE", {"CODE": "x y"}) == "x y"
    assert resolve_secret(f"file:{tmp_path / 'secret'}") == "授权码"


@pytest.mark.parametrize("reference", ["plain password", "env:", "env:UNSET", "file:/nowhere"])
def test_a_secret_that_cannot_be_had_is_refused(reference):
    with pytest.raises(ConfigError):
        resolve_secret(reference, {})
