"""Missed calls on their way to a callback: packed and stored with the call, brought in later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from channels.hotline.call import CallRecord
from channels.hotline.channel import line_number, missed_item
from channels.message import RawItem
from helpdesk.i18n import gettext, speaking
from helpdesk.runtime import current_config, current_storage
from helpdesk.services import intake

AT_ONCE = 1000
"""So many go to their tickets together: the more, the more of them share a number's ticket."""


def store(
    session: Session, account_id: int, missed: Iterable[CallRecord], *, now: datetime
) -> list[int]:
    """Keep what missed calls ask for, raw, and return the items' ids.

    It belongs into the transaction that keeps the calls: after a crash the worker
    brings in what is stored.
    """
    items = list(_items(missed, now))
    if not items:
        return []
    return intake.store(session, account_id, intake.safe(current_storage(), items), now=now)


def bring_in(ids: list[int], *, now: datetime, all_of_them: bool) -> int:
    """Bring stored items to their tickets, and take them off the list; return how many opened.

    Fewer than ``AT_ONCE`` wait for more, unless no more will come.
    """
    opened = 0
    while ids and (all_of_them or len(ids) >= AT_ONCE):
        together = ids[:AT_ONCE]
        outcomes = intake.process(together, now=now)
        opened += sum(outcome.status == "created" for outcome in outcomes)
        del ids[:AT_ONCE]
    return opened


def _items(missed: Iterable[CallRecord], now: datetime) -> Iterator[RawItem]:
    with speaking(current_config().locale):
        for call in missed:
            number = line_number(call.caller)
            if not number:  # nobody can ring back a withheld number
                continue
            yield missed_item(
                call,
                number=number,
                subject=gettext("Missed call from %(number)s", number=number),
                text=_words(call, number),
                now=now,
            )


def _words(call: CallRecord, number: str) -> str:
    waited = gettext(
        "%(number)s waited %(wait)s in the queue %(queue)s.",
        number=number,
        wait=gettext("%(n)s s", n=round(call.wait_seconds)),
        queue=call.queue or "—",
    )
    return f"{waited}\n{_reason(call)}".strip()


def _reason(call: CallRecord) -> str:
    match call.outcome:
        case "abandoned":
            return gettext("The caller hung up.")
        case "timed_out":
            return gettext("Nobody could take it in time.")
        case "voicemail":
            return gettext("The caller left the queue for the voicemail.")
        case "withdrawn":
            return gettext("It was taken out of the queue.")
        case "lost":
            return gettext("The log ends without an end.")
    return ""
