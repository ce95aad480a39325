"""``helpdesk centers``: the old keys stay, and the record's own facts follow."""

from __future__ import annotations

import json
from datetime import date, datetime

from helpdesk.extensions import transaction
from helpdesk.models import Center
from tests.services.center_life_help import center_in

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
