"""Calls of the hotline for tests of its pages, as a queue log tells them."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from helpdesk.extensions import transaction
from helpdesk.services.hotline import call_import, call_sources

_ids = count(1)


def offered(when: datetime, *, wait: int = 30, queue: str = "咨询") -> list[str]:
    """Return the lines of a call that nobody answered."""
    call, at = next(_ids), int(when.timestamp())
    return [
        f"{at}|t{call}|{queue}|NONE|ENTERQUEUE||139{call:08}|1",
        f"{at + wait}|t{call}|{queue}|NONE|ABANDON|1|1|{wait}",
    ]


def taken(
    when: datetime, *, wait: int = 10, talk: int = 120, queue: str = "咨询", agent: str = "陈静"
) -> list[str]:
    """Return the lines of a call that an agent answered."""
    call, at = next(_ids), int(when.timestamp())
    return [
        f"{at}|t{call}|{queue}|NONE|ENTERQUEUE||138{call:08}|1",
        f"{at + wait}|t{call}|{queue}|{agent}|CONNECT|{wait}|x|2",
        f"{at + wait + talk}|t{call}|{queue}|{agent}|COMPLETECALLER|{wait}|{talk}|1",
    ]


def take_over(lines: list[str], *, now: datetime) -> None:
    """Let the desk hear of them."""
    with transaction() as session:
        source = call_sources.source_named(session, "热线", now=now).id
    call_import.import_log(source, "queue_log", lines, now=now)
