"""X through tweepy: with a time limit, which tweepy has not, and its errors as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
import tweepy
from requests.adapters import HTTPAdapter

from channels.errors import ChannelError
from channels.microblog.account import X_API, BlogAccount

TIMEOUT = (5.0, 20.0)
SHORTEST_WAIT = timedelta(seconds=15)
UNKNOWN_WAIT = timedelta(minutes=15)
"""X counts in windows of a quarter of an hour."""
_PERMISSION = ("oauth1-permissions", "client-forbidden", "unsupported-authentication", "enrolled")
_RENEW = "Make new keys at developer.x.com, put them where the settings say, and save them."
_APPLY = "Give the app the right to read and write at developer.x.com, then make its keys anew."


class _Adapter(HTTPAdapter):
    """Gives every request a time limit, and another host where one is set.

    tweepy's host is a literal; the signature covers it, so it is replaced below that.
    """

    def __init__(self, api: str) -> None:
        super().__init__()
        self._api = api

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        if self._api and request.url is not None:
            request.url = self._api + request.url.removeprefix(X_API)
        return super().send(request, **{**options, "timeout": TIMEOUT})


def x_client(account: BlogAccount) -> tweepy.Client:
    """Return a client that answers with what X sent, and never sleeps."""
    if account.keys is not None:
        key, secret, token_secret = account.keys
        signed = {
            "consumer_key": key,
            "consumer_secret": secret,
            "access_token": account.token,
            "access_token_secret": token_secret,
        }
        client = tweepy.Client(**signed, return_type=dict, wait_on_rate_limit=False)
    else:
        client = tweepy.Client(account.token, return_type=dict, wait_on_rate_limit=False)
    client.session.mount(X_API, _Adapter(account.api))
    return client


@contextmanager
def as_channel_errors(now: datetime) -> Iterator[None]:
    """Turn what tweepy and the network raise into ChannelErrors."""
    try:
        yield
    except tweepy.TooManyRequests as error:
        raise ChannelError("rate_limited", _said(error), retry_at=_reset(error, now)) from error
    except tweepy.Unauthorized as error:
        sentence = f"{_said(error)} {_RENEW}"
        raise ChannelError("token_expired", sentence, permanent=True) from error
    except tweepy.Forbidden as error:
        if _lacks_permission(error):
            sentence = f"{_said(error)} {_APPLY}"
            raise ChannelError("not_permitted", sentence, permanent=True) from error
        raise ChannelError("refused", _said(error), permanent=True) from error
    except (tweepy.BadRequest, tweepy.NotFound) as error:
        raise ChannelError("refused", _said(error), permanent=True) from error
    except tweepy.TweepyException as error:
        raise ChannelError("unreachable", f"X does not answer as it should ({error}).") from error
    except (requests.RequestException, OSError, ValueError) as error:
        why = type(error).__name__
        raise ChannelError("unreachable", f"X does not answer as it should ({why}).") from error


def problem_of(error: BaseException | None) -> str:
    """Return what X says of an error: its title, type and details, in lower case."""
    response = getattr(error, "response", None)
    try:
        told: Mapping[str, Any] = response.json() if response is not None else {}
    except ValueError:
        told = {}
    return " ".join(
        str(told.get(key) or "") for key in ("title", "type", "detail", "reason")
    ).lower()


def _said(error: tweepy.HTTPException) -> str:
    return f"X said {' '.join(str(error).split())[:250]}."


def _lacks_permission(error: tweepy.Forbidden) -> bool:
    return any(word in problem_of(error) for word in _PERMISSION)


def _reset(error: tweepy.TooManyRequests, now: datetime) -> datetime:
    """Return when X counts anew: as it says, within reason, or a window later."""
    if error.reset_time is None:
        return now + UNKNOWN_WAIT
    told = datetime.fromtimestamp(min(error.reset_time, 2**33), UTC)
    return min(max(told, now + SHORTEST_WAIT), now + timedelta(days=1))
