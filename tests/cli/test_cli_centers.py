"""``helpdesk centers``: the old keys stay, and the record's own facts follow."""

from __future__ import annotations

import json
from datetime import date, datetime

from helpdesk.extensions import transaction
from helpdesk.models import Center
from tests.services.certification.applying import NUMBER
from tests.services.certification.center_life_help import center_in

OLD = ["code", "name", "name_en", "region", "city", "state", "domains"]


def test_a_center_tells_its_dates_and_its_next_reminder(command, app, session, now):
    number = center_in(session, "filed", now=now)
    with transaction():
        session.get_one(Center, number).agreement_to = date(2027, 1, 31)

    [listed] = command("centers", "list", "--json").output.splitlines()
    shown = command("centers", "show", "CD017", "--json").output

    value = json.loads(listed)
    assert value == json.loads(shown)
    assert list(value)[: len(OLD)] == OLD
    assert (value["agreement_to"], value["review_due_on"]) == ("2027-01-31", None)
    assert datetime.fromisoformat(value["state_since"]) == now
    assert value["reminder"] == "forward"
    assert command("centers", "show", "none").exit_code == 1


def test_no_command_tells_an_id_number(command, app, session, now, tmp_path):
    number = center_in(session, "authorized", now=now)
    with transaction():
        session.get_one(Center, number).name = f"成都中心 {NUMBER}"
    file = tmp_path / "centers.csv"

    told = [
        command("centers", "list").output,
        command("centers", "list", "--json").output,
        command("centers", "show", "CD017").output,
    ]
    assert command("centers", "export", str(file)).exit_code == 0

    for text in (*told, file.read_text("utf-8-sig")):
        assert "成都中心 110105********002X" in text
