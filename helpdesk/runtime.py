"""What the running application was built with, for whoever works inside it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import current_app

from helpdesk.config import Config
from helpdesk.storage import Storage

CONFIG = "helpdesk.config"
STORAGE = "helpdesk.storage"


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
