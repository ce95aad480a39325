"""The contract of a channel: what the desk may ask of every one of the five."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from channels.message import Batch, IncomingMessage, OutgoingMessage, RawItem, Receipt


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the desk on a channel, as its administrator set it up.

    - ``settings`` hold references to secrets, never secrets; ``secret`` turns one
      (``env:NAME``, ``file:/path``) into its value and raises ValueError.
    - ``max_bytes``: larger messages are not taken whole.
    - ``data``: the folder that the desk keeps its files in.
    - ``hours``, ``meter``: the desk's service time and what the account used of its
      day, for channels whose calls are counted; None on an account that is not saved.
    """

    name: str
    address: str
    settings: Mapping[str, Any]
    secret: Callable[[str], str]
    max_bytes: int
    data: Path
    hours: ServiceTime | None = None
    meter: Meter | None = None


class ServiceTime(Protocol):
    """When the desk is open."""

    def elapsed(self, start: datetime, end: datetime) -> float:
        """Return the service minutes between two instants."""
        ...


class Meter(Protocol):
    """Counts an account's calls at the far end, by the day in China."""

    def used(self, *, now: datetime) -> tuple[int, int]:
        """Return how many calls read and how many wrote today."""
        ...

    def count(self, *, reading: bool, now: datetime) -> None:
        """Count a call before it is made, so that a crash forgets none."""
        ...


@runtime_checkable
class Channel(Protocol):
    """Understands what one kind of far end delivers."""

    name: str

    def understand(self, item: RawItem) -> IncomingMessage:
        """Turn stored raw bytes into a message; raise UnreadableMessage otherwise."""
        ...


@runtime_checkable
class Polled(Protocol):
    """A channel whose far end the desk asks for what is new."""

    def is_polled(self, settings: Mapping[str, Any]) -> bool:
        """Say whether an account with these settings has a far end to ask."""
        ...

    def source(self, account: Account, stop: threading.Event | None = None) -> Source:
        """Return the account's source, which connects when it is first asked.

        ``stop`` ends its waiting. Raises ChannelError with what to correct.
        """
        ...


@runtime_checkable
class Answering(Protocol):
    """A channel through which the desk's words leave."""

    def sender(self, account: Account) -> Sender:
        """Return the account's way out; raise ChannelError with what to correct."""
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

    def next_poll(self, now: datetime) -> datetime | None:
        """Return when to ask again; None while the connection stays open and waits."""
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
