"""What the running application was built with, for whoever works inside it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from helpdesk.config import Config
from helpdesk.storage import Storage

CONFIG = "helpdesk.config"
STORAGE = "helpdesk.storage"
WHO_ACTS = "helpdesk.who_acts"
_nobody: ContextVar[bool] = ContextVar("nobody acts", default=False)


@dataclass(frozen=True, slots=True)
class Acting:
    """Who changes settings just now, and when that is; ``name`` is empty for a stranger."""

    name: str
    agent_id: int | None
    now: datetime


def settle_in() -> None:
    """Spare the collector of garbage what a process holds until its end.

    Called once, when all is loaded: a full collection then looks at what came
    since, not at half a million objects of the program itself.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector of garbage away while much is made that holds no circles.

    It would look at all of it again and again. Of several at once the first that
    ends lets it work again, which costs the others time and nothing else.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def current_config() -> Config:
    """Return the running application's configuration."""
    return cast("Config", current_app.extensions[CONFIG])


def current_storage() -> Storage:
    """Return the running application's storage of raw messages and attachments."""
    return cast("Storage", current_app.extensions[STORAGE])


def somebody_may_act() -> bool:
    """Say whether somebody may be behind what is done now; a worker works by itself."""
    return WHO_ACTS in current_app.extensions and not _nobody.get()


def who_acts() -> Acting | None:
    """Return who changes settings just now; None where nobody does, as in a worker."""
    if not somebody_may_act():
        return None
    tell: Callable[[], Acting | None] = current_app.extensions[WHO_ACTS]
    return tell()


@contextmanager
def nobody_acting() -> Iterator[None]:
    """Take what is done meanwhile for nobody's doing, such as a past that is made up."""
    token = _nobody.set(True)
    try:
        yield
    finally:
        _nobody.reset(token)
