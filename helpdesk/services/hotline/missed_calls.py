"""Missed calls on their way to a callback: packed and stored with the call, brought in later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from channels.hotline.call import CallRecord
from channels.hotline.channel import line_number, missed_item
from channels.message import RawItem
from helpdesk.i18n import gettext, speaking
from helpdesk.presentation.quantities import masked_phone
from helpdesk.runtime import current_config, current_storage, uncollected
from helpdesk.services.arrivals import intake

AT_ONCE = 1000
"""So many go to their tickets in one transaction: others wait for it to write."""


class Waiting(NamedTuple):
    """A stored item, and whom it asks to ring back."""

    inbound_id: int
    number: str


def store(
    session: Session, account_id: int, missed: Iterable[CallRecord], *, now: datetime
) -> list[Waiting]:
    """Keep what missed calls ask for, raw, and return what is new of it.

    It belongs into the transaction that keeps the calls: after a crash the worker
    brings in what is stored.
    """
    numbers: dict[str, str] = {}
    items = []
    for number, item in _items(missed, now):
        numbers[item.external_id] = number
        items.append(item)
    ids = intake.store_new(session, account_id, intake.safe(current_storage(), items), now=now)
    return [Waiting(id_, numbers[external_id]) for external_id, id_ in ids.items()]


def bring_in(waiting: Iterable[Waiting], *, now: datetime) -> int:
    """Bring stored items to their tickets; return how many tickets were opened."""
    opened = 0
    for ids in together(waiting):
        with uncollected():
            outcomes = intake.process(ids, now=now)
        opened += sum(outcome.status == "created" for outcome in outcomes)
    return opened


def together(waiting: Iterable[Waiting]) -> Iterator[list[int]]:
    """Return the items in batches of about ``AT_ONCE``, all of a number in the same one.

    So a ticket is looked up once and written once, however often its number called in vain.
    """
    by_number: dict[str, list[int]] = {}
    for inbound_id, number in sorted(waiting):
        by_number.setdefault(number, []).append(inbound_id)
    batch: list[int] = []
    for ids in by_number.values():
        if batch and len(batch) + len(ids) > AT_ONCE:
            yield batch
            batch = []
        batch += ids
        while len(batch) > AT_ONCE:
            yield batch[:AT_ONCE]
            batch = batch[AT_ONCE:]
    if batch:
        yield batch


def _items(missed: Iterable[CallRecord], now: datetime) -> Iterator[tuple[str, RawItem]]:
    """Pack what missed calls ask for, each with the number to ring back."""
    with speaking(current_config().locale):
        words = _Words()
    for call in missed:
        number = line_number(call.caller)
        if not number:  # nobody can ring back a withheld number
            continue
        subject, text = words.of(call, number)
        yield number, missed_item(call, number=number, subject=subject, text=text, now=now)


class _Words:
    """What is said of missed calls, translated once for all of them."""

    def __init__(self) -> None:
        self.subject = gettext("Missed call from %(number)s")
        self.waited = gettext("%(number)s waited %(wait)s in the queue %(queue)s.")
        self.seconds = gettext("%(n)s s")
        self.reasons = {
            "abandoned": gettext("The caller hung up."),
            "timed_out": gettext("Nobody could take it in time."),
            "voicemail": gettext("The caller left the queue for the voicemail."),
            "withdrawn": gettext("It was taken out of the queue."),
            "lost": gettext("The log ends without an end."),
        }

    def of(self, call: CallRecord, number: str) -> tuple[str, str]:
        """Return the subject, which lists show and so masks the number, and the text of a call."""
        wait = self.seconds % {"n": round(call.wait_seconds)}
        waited = self.waited % {"number": number, "wait": wait, "queue": call.queue or "—"}
        reason = self.reasons.get(call.outcome or "", "")
        return self.subject % {"number": masked_phone(number)}, f"{waited}\n{reason}".strip()
