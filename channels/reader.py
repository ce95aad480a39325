"""Stored items read as messages, whatever is wrong with them; asks nothing but the bytes."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from channels import registry
from channels.errors import UnreadableMessage
from channels.message import IncomingMessage, RawItem


@dataclass(frozen=True, slots=True)
class Read:
    """What an item says, or the sentence why nobody can tell.

    ``failure`` is the traceback of a parser that failed on it.
    """

    message: IncomingMessage | None
    trouble: str | None = None
    failure: str | None = None


def read(channel: str, item: RawItem) -> Read:
    """Read one item of a channel; never raises for what is in it."""
    try:
        return Read(registry.channel(channel).understand(item))
    except UnreadableMessage as error:
        return Read(None, error.sentence)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other items go on
        return Read(None, f"the parser failed: {error!r}", traceback.format_exc())


def read_all(items: Sequence[tuple[str, RawItem]]) -> list[Read]:
    """Read items, each with the name of its channel, in their order."""
    return [read(channel, item) for channel, item in items]
