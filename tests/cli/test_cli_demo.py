"""``helpdesk demo`` says who can sign in, and refuses a desk that is in use."""

import pytest

from helpdesk.demo import loading, telephone
from helpdesk.demo.stories import read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(loading, "read", lambda: read()[-3:])
    monkeypatch.setattr(telephone, "CALLS", 5)
    monkeypatch.setattr(telephone, "EVERY_DAY", {10: 1})


def test_it_prints_a_sign_in_for_each_role(command):
    result = command("demo")

    assert result.exit_code == 0, result.output
    for role in ("admin", "manager", "agent", "center"):
        assert f"    {role} " in result.output
    assert "helpdesk-demo" in result.output


def test_a_desk_in_use_is_refused_with_one_sentence(command):
    command("demo")

    result = command("demo")

    assert result.exit_code == 1
    assert result.stderr.strip().count("\n") == 0
    assert "in use" in result.stderr or "使用" in result.stderr
