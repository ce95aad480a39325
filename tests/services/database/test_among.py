"""Very many keys at once: numbers and texts, found as one by one."""

from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount
from helpdesk.services.database.among import among
from helpdesk.services.hotline import call_sources

NAMES = ("plain", "it's", 'a "b"', "back\\slash", "{1,2}", "专线", "12")


def _found(session, condition):
    return set(session.scalars(select(ChannelAccount.name).where(condition)))


def test_texts_and_numbers_are_found_among_thousands(app, now):
    with transaction() as session:
        ids = [call_sources.source_named(session, name, now=now).id for name in NAMES]
        others = [f"other {n}" for n in range(40_000)]

        assert _found(session, among(session, ChannelAccount.name, [*others, *NAMES])) == set(NAMES)
        assert _found(session, among(session, ChannelAccount.id, [*ids[:2], 10**6])) == set(
            NAMES[:2]
        )
        assert _found(session, among(session, ChannelAccount.name, [])) == set()
