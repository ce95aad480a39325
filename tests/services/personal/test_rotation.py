"""Keys are renewed in batches, and a missing one is told with what to do."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from helpdesk.errors import Unavailable
from helpdesk.extensions import transaction
from helpdesk.models import SealedNumber
from helpdesk.personal_keys import id_of, new
from helpdesk.services.operations import checks
from helpdesk.services.personal import key_states, rotation, sealed
from tests.desk import PERSONAL_KEY
from tests.services.personal.sealing import NEW_KEY, NUMBER, OTHER, keep, row_of, use_keys


def key_ids(session) -> list[str | None]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(SealedNumber.key_id).order_by(SealedNumber.id)))


def sentences(session, **options) -> list[tuple[bool, str]]:
    session.rollback()
    return [(t.wrong, t.sentence) for t in key_states.troubles(session, **options)]


def test_a_rotation_seals_everything_under_the_first_key(app, session, now):
    ids = [keep(now), keep(now, OTHER), keep(now)]
    use_keys(app, NEW_KEY, PERSONAL_KEY)

    done = rotation.rotate(batch=2)

    assert (done.renewed, dict(done.unreadable)) == (3, {})
    assert key_ids(session) == [id_of(NEW_KEY)] * 3
    use_keys(app, NEW_KEY)
    assert [row.id for row in sealed.find(session, NUMBER)] == [ids[0], ids[2]]
    assert rotation.rotate().renewed == 0


def test_numbers_are_found_before_during_and_after_it(app, session, now):
    ids = [keep(now) for _ in range(4)]
    use_keys(app, NEW_KEY, PERSONAL_KEY)
    found = [[row.id for row in sealed.find(session, NUMBER)]]

    def look(_done: int) -> None:
        session.rollback()
        found.append([row.id for row in sealed.find(session, NUMBER)])

    rotation.rotate(batch=1, progress=look)

    assert found == [ids] * 5


def test_a_rotation_that_was_stopped_goes_on(app, session, now):
    for _ in range(5):
        keep(now)
    use_keys(app, NEW_KEY, PERSONAL_KEY)

    def stop(done: int) -> None:
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(batch=2, progress=stop)

    assert key_ids(session).count(id_of(NEW_KEY)) == 2
    assert rotation.rotate(batch=2).renewed == 3


def test_what_no_key_opens_is_counted_and_left_alone(app, session, now):
    lost, fine = keep(now), None
    use_keys(app, NEW_KEY)
    fine = keep(now, OTHER)
    newest = new()
    use_keys(app, newest, NEW_KEY)
    before = row_of(session, lost).cipher

    done = rotation.rotate()

    assert (done.renewed, dict(done.unreadable)) == (1, {id_of(PERSONAL_KEY): 1})
    assert row_of(session, lost).cipher == before
    assert row_of(session, fine).key_id == id_of(newest)


def test_an_erased_number_stays_erased(app, session, now):
    number = keep(now)
    with transaction() as writing:
        sealed.erase(writing, [number], now=now)
    use_keys(app, NEW_KEY, PERSONAL_KEY)

    assert rotation.rotate().renewed == 0
    assert row_of(session, number).cipher is None


def test_without_a_key_nothing_is_rotated(app, now):
    keep(now)
    use_keys(app)

    with pytest.raises(Unavailable):
        rotation.rotate()


def test_a_missing_key_is_wrong_and_says_what_to_do(app, session, now):
    assert sentences(session) == []
    keep(now)
    keep(now, OTHER)
    use_keys(app, NEW_KEY)

    ((wrong, sentence),) = sentences(session)

    assert wrong
    assert sentence.startswith(f"2 sealed numbers need the key {id_of(PERSONAL_KEY)}")
    assert "HELPDESK_PERSONAL_KEYS_FILE" in sentence


def test_no_key_at_all_is_wrong(app, session):
    use_keys(app)

    assert [wrong for wrong, _ in sentences(session)] == [True]


def test_an_older_key_is_a_note(app, session, now):
    keep(now)
    use_keys(app, NEW_KEY, PERSONAL_KEY)
    ((wrong, sentence),) = sentences(session)
    assert (wrong, "helpdesk personal rotate" in sentence) == (False, True)

    rotation.rotate()

    ((wrong, sentence),) = sentences(session)
    assert (wrong, "take it out" in sentence) == (False, True)


def test_a_changed_row_is_found_by_opening_all(session, now):
    number = keep(now)
    with transaction() as writing:
        writing.execute(
            update(SealedNumber).where(SealedNumber.id == number).values(cipher=bytes(range(40)))
        )

    assert sentences(session) == []
    ((wrong, sentence),) = sentences(session, whole=True)
    assert (wrong, sentence.startswith("1 sealed numbers do not open")) == (True, True)


def test_a_key_file_that_others_read_is_wrong(app, session, tmp_path):
    kept = tmp_path / "data" / "personal_keys"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(PERSONAL_KEY)
    kept.chmod(0o644)

    ((wrong, sentence),) = sentences(session)

    assert (wrong, f"chmod 600 {kept}" in sentence) == (True, True)


def test_the_desk_s_own_check_tells_it(app, session, now):
    keep(now)
    from helpdesk import migrate

    def told():
        revisions = migrate.head(), migrate.head()
        return [
            f.level for f in checks.run(now=now, revisions=revisions) if f.what == "personal data"
        ]

    assert told() == ["ok"]
    use_keys(app, NEW_KEY)
    assert told() == ["wrong"]
