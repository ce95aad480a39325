"""``helpdesk demo`` says who can sign in, and refuses a desk that is in use."""

import pytest

from tests.demo.shortened import tell_hardly_anything

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    tell_hardly_anything(monkeypatch)


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
