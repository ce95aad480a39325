"""A microblog account's settings, as an administrator entered them, made into a typed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from channels.base import Account, Meter, ServiceTime
from channels.errors import ChannelError
from channels.microblog import budget as budgets
from channels.microblog.budget import Budget
from channels.microblog.posts import NETWORKS

WEIBO_API = "https://api.weibo.com"
WEIBO_MESSAGES = "https://m.api.weibo.com"
X_API = "https://api.twitter.com"
DAILY = 100
RESERVE_SHARE = 0.25
FAILED_WAIT = timedelta(minutes=5)
HOPELESS_WAIT = timedelta(hours=1)
LISTS = {"weibo": ("mentions", "comments", "named"), "x": ("mentions",)}
"""What is read of each network: posts that name us, comments to us, comments that name us."""


@dataclass(frozen=True, slots=True)
class BlogAccount:
    """An account on a network, ready to call with.

    ``api`` replaces the network's own host. ``keys`` are an X app's key and secret and
    the access token's secret, where calls are signed (OAuth 1.0a).
    """

    name: str
    network: str
    uid: str
    token: str = field(repr=False)
    api: str
    keys: tuple[str, str, str] | None = field(default=None, repr=False)
    everything: bool = False
    safe_domain: str = ""
    budget: Budget = field(default_factory=lambda: Budget(DAILY, DAILY // 4, 3))
    hours: ServiceTime | None = None
    meter: Meter | None = None

    def used(self, now: datetime) -> tuple[int, int]:
        """Return today's calls that read and that wrote."""
        return self.meter.used(now=now) if self.meter else (0, 0)

    def spend(self, now: datetime, *, reading: bool) -> None:
        """Count a call; raise ChannelError when the day has none left."""
        may = budgets.may_read if reading else budgets.may_write
        if not may(self.budget, self.used(now)):
            raise ChannelError(
                "rate_limited",
                f"The {self.budget.daily} calls that {self.name} may make today are used up.",
                retry_at=budgets.start_of_next_day(now),
            )
        if self.meter:
            self.meter.count(reading=reading, now=now)


def looked_in_vain(error: ChannelError, now: datetime) -> ChannelError:
    """Return a failed look's error with a wait that does not use up the day's calls."""
    if error.retry_at is None:
        hopeless = error.code in ("token_expired", "not_permitted")
        error.retry_at = now + (HOPELESS_WAIT if hopeless else FAILED_WAIT)
    return error


def blog_account(account: Account) -> BlogAccount:
    """Return the account; raise ChannelError with what to correct."""
    settings = account.settings
    network = str(settings.get("network") or "")
    if network not in NETWORKS:
        raise _wrong(f"{network or 'nothing'} is no network that can be reached: weibo or x")
    uid = str(settings.get("uid") or "")
    if not (uid.isascii() and uid.isdigit()):
        raise _wrong("uid is the account's number, digits only")
    try:
        keys = tuple(
            account.secret(str(settings[key]))
            for key in ("app_key", "app_secret", "token_secret")
            if settings.get(key)
        )
        token = account.secret(str(settings.get("token") or ""))
    except ValueError as error:
        raise _wrong(str(error)) from error
    return BlogAccount(
        name=account.name,
        network=network,
        uid=uid,
        token=token,
        api=_api(settings.get("api")),
        keys=(keys[0], keys[1], keys[2]) if network == "x" and len(keys) == 3 else None,
        everything=settings.get("start") == "oldest",
        safe_domain=str(settings.get("safe_domain") or ""),
        budget=budget_of(settings),
        hours=account.hours,
        meter=account.meter,
    )


def budget_of(settings: Mapping[str, Any]) -> Budget:
    """Return the day's budget that an account's settings name."""
    daily = int(settings.get("daily_calls") or DAILY)
    cost = len(LISTS.get(str(settings.get("network")), ("",)))
    return Budget(daily, round(daily * RESERVE_SHARE), cost)


def _api(given: object) -> str:
    address = str(given or "").rstrip("/")
    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise _wrong("api is an address like https://api.weibo.com")
    return address


def _wrong(sentence: str) -> ChannelError:
    return ChannelError("misconfigured", f"Microblog account: {sentence}.", permanent=True)
