"""Keys are written one a line, checked when the desk starts, and made once where there is none."""

from __future__ import annotations

import stat

import pytest

from helpdesk import personal_keys
from helpdesk.config import load
from helpdesk.config_source import ConfigError

FIRST = "Zmlyc3Qta2V5LXRoYXQtb25seS10ZXN0cy11c2UtMTI"
SECOND = "c2Vjb25kLWtleS10aGF0LW9ubHktdGVzdHMtdXNlLTE"


@pytest.fixture
def environ(tmp_path):
    return {"HELPDESK_DATA": str(tmp_path / "data"), "SECRET_KEY": "0123456789abcdef-0123456789"}


def test_a_key_is_made_once_and_kept_from_others(environ, tmp_path):
    kept = tmp_path / "data" / "personal_keys"

    first = load(environ).personal_keys

    assert len(first) == 1
    assert load(environ).personal_keys == first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_keys_come_from_the_environment_or_a_file(environ, tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"# 2026-11 first\n{FIRST}  # new\n\n{SECOND}\n", encoding="utf-8")

    assert load({**environ, "HELPDESK_PERSONAL_KEYS": f"{FIRST}, {SECOND}"}).personal_keys == (
        FIRST,
        SECOND,
    )
    assert load({**environ, "HELPDESK_PERSONAL_KEYS_FILE": str(file)}).personal_keys == (
        FIRST,
        SECOND,
    )
    assert not (tmp_path / "data" / "personal_keys").exists()


@pytest.mark.parametrize(
    "wrong", ["short", FIRST[:-3], FIRST + "AAAA", f"{FIRST}\n{FIRST}", "密钥"]
)
def test_a_wrong_key_stops_the_start_without_being_told(environ, wrong):
    with pytest.raises(ConfigError) as refused:
        load({**environ, "HELPDESK_PERSONAL_KEYS": wrong})

    assert refused.value.key == "HELPDESK_PERSONAL_KEYS"
    assert FIRST[:10] not in str(refused.value)


def test_the_configuration_does_not_show_its_keys(environ):
    assert FIRST not in repr(load({**environ, "HELPDESK_PERSONAL_KEYS": FIRST}))


def test_what_is_derived_from_one_key_differs_by_purpose_and_from_another_key():
    derived = {personal_keys.derive(key, use) for key in (FIRST, SECOND) for use in ("a", "b")}

    assert len(derived) == 4
    assert personal_keys.id_of(FIRST) == personal_keys.id_of(FIRST) != personal_keys.id_of(SECOND)
