"""One call of Weibo's API: its errors become sentences, and nothing waits for ever.

https://open.weibo.com/wiki/微博API, https://open.weibo.com/wiki/Error_code
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from channels.errors import ChannelError
from channels.microblog.account import WEIBO_API, WEIBO_MESSAGES, BlogAccount
from channels.microblog.budget import next_hour

TIMEOUT = (5.0, 20.0)
"""Seconds to connect and to wait for each part of an answer."""
MOST_BYTES = 16 * 1024 * 1024

_LIMITS = frozenset({10022, 10023, 10024})
_TOKEN = frozenset({21301, 21314, 21315, 21316, 21317, 21319, 21327, 21332})
_PERMISSION = frozenset({10004, 10005, 10014})
_PARAMETERS = frozenset({10016, 10017})
_RENEW = "Sign in at open.weibo.com again, put the new token where the settings say, and save them."
_ADVICE = {
    10004: "Weibo does not let this server's address in: add it to the app's list of addresses.",
    10005: "The app may not use this call of Weibo: apply for it at open.weibo.com.",
    10014: "The app lacks this permission at Weibo: apply for it at open.weibo.com.",
}


class WeiboClient:
    """Calls Weibo as one account; not for several threads."""

    def __init__(self, account: BlogAccount) -> None:
        self._account = account
        self._session = requests.Session()

    def get(self, path: str, *, now: datetime, **parameters: object) -> Mapping[str, Any]:
        """Read; raise ChannelError."""
        self._account.spend(now, reading=True)
        return self._call("GET", self._address(path), parameters, now)

    def look_back(self, path: str, *, now: datetime, **parameters: object) -> Mapping[str, Any]:
        """Read on behalf of an answer that may have been sent already."""
        self._account.spend(now, reading=False)
        return self._call("GET", self._address(path), parameters, now)

    def post(self, path: str, *, now: datetime, **parameters: object) -> Mapping[str, Any]:
        """Write; raise ChannelError."""
        self._account.spend(now, reading=False)
        return self._call("POST", self._address(path), parameters, now)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _address(self, path: str) -> str:
        host = self._account.api or (WEIBO_MESSAGES if path.startswith("messages/") else WEIBO_API)
        return f"{host}/2/{path}.json"

    def _call(
        self, method: str, address: str, parameters: Mapping[str, object], now: datetime
    ) -> Mapping[str, Any]:
        said = {"access_token": self._account.token}
        said |= {name: str(value) for name, value in parameters.items()}
        try:
            with self._session.request(
                method,
                address,
                params=said if method == "GET" else None,
                data=said if method == "POST" else None,
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
                return _understood(answer, body, now)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _unreachable(type(error).__name__) from error


def _understood(answer: requests.Response, body: bytes, now: datetime) -> Mapping[str, Any]:
    if len(body) > MOST_BYTES:
        raise _unreachable("an endless answer")
    told = _json(body)
    if told is not None and told.get("error_code") is not None:
        raise error_of(told, now)
    if not 200 <= answer.status_code < 300 or told is None:
        raise _unreachable(f"HTTP {answer.status_code}")
    return told


def _json(body: bytes) -> Mapping[str, Any] | None:
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def error_of(told: Mapping[str, Any], now: datetime) -> ChannelError:
    """Return what an error of Weibo means; its code is a number or a text."""
    text = str(told["error_code"])
    code = int(text) if text.isascii() and text.isdigit() else 0
    said = f"Weibo said {text}: {str(told.get('error') or '')[:200]}."
    if code in _LIMITS:
        return ChannelError("rate_limited", said, retry_at=next_hour(now))
    if code in _TOKEN:
        return ChannelError("token_expired", f"{said} {_RENEW}", permanent=True)
    if code in _PERMISSION:
        return ChannelError("not_permitted", f"{said} {_ADVICE[code]}", permanent=True)
    if code in _PARAMETERS:
        return ChannelError("refused", said, permanent=True)
    if 10000 < code < 10004 or code in (10009, 10010, 10011):  # system errors and busy ones
        return ChannelError("unreachable", said)
    return ChannelError("refused", said, permanent=True)


def _unreachable(why: str) -> ChannelError:
    # what requests says holds the address, and with it the token
    return ChannelError("unreachable", f"Weibo does not answer as it should ({why}).")
