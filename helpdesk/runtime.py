"""What the running application was built with, for whoever works inside it."""

from __future__ import annotations

import gc
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


def current_config() -> Config:
    """Return the running application's configuration."""
    return cast("Config", current_app.extensions[CONFIG])


def current_storage() -> Storage:
    """Return the running application's storage of raw messages and attachments."""
    return cast("Storage", current_app.extensions[STORAGE])
