"""The contract of a channel: what the desk may ask of every one of the five."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol, runtime_checkable

from channels.message import Batch, IncomingMessage, OutgoingMessage, RawItem, Receipt


@runtime_checkable
class Channel(Protocol):
    """Understands what one kind of far end delivers."""

    name: str

    def understand(self, item: RawItem) -> IncomingMessage:
        """Turn stored raw bytes into a message; raise UnreadableMessage otherwise."""
        ...


class Source(Protocol):
    """An open connection that can be asked for what is new."""

    def fetch(self, cursor: str | None, *, now: datetime) -> Iterator[Batch]:
        """Yield batches of what lies behind ``cursor``, oldest first.

        The caller stores a batch's items and its cursor in one transaction
        before asking for the next. Raises ChannelError.
        """
        ...

    def done(self, items: tuple[RawItem, ...]) -> None:
        """Tidy up at the far end (move, mark) after items have been stored."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait until something may be new; True when the far end said so."""
        ...

    def close(self) -> None:
        """Close the connection; never raises."""
        ...


class Sender(Protocol):
    """An open way out."""

    def send(self, message: OutgoingMessage) -> Receipt:
        """Deliver; raises ChannelError, whose ``permanent`` decides about retries."""
        ...

    def close(self) -> None:
        """Close the connection; never raises."""
        ...
