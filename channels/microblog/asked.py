"""What the networks have in common as sources: nobody calls us, so they are asked now and then."""

from __future__ import annotations

from datetime import datetime

from channels.message import RawItem
from channels.microblog import budget as budgets
from channels.microblog.account import BlogAccount


class AskedSource:
    """A source that the day's budget lets us ask so often."""

    def __init__(self, account: BlogAccount) -> None:
        self._account = account

    def done(self, items: tuple[RawItem, ...]) -> None:
        """Leave everything where it is."""

    def wait(self, seconds: float) -> bool:  # noqa: ARG002 - the contract's
        """Return at once: the network is asked when next_poll says."""
        return False

    def next_poll(self, now: datetime) -> datetime | None:
        """Return when the day's budget allows the next look."""
        account = self._account
        used = account.used(now)
        return budgets.next_poll(now, budget=account.budget, used=used, hours=account.hours)
