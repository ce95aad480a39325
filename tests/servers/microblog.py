"""Weibo and X on this machine, as their documents say: lists, pages, limits, errors, writes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.servers.process import LOOPBACK

CHINA = timezone(timedelta(hours=8))
TOKEN = "a-token-of-the-office"
UID = "2804301701"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
FIRST_ID = 5_220_000_000_000_000


def weibo_time(at: datetime) -> str:
    """Write an instant as Weibo does."""
    at = at.astimezone(CHINA)
    return f"{DAYS[at.weekday()]} {MONTHS[at.month - 1]} {at:%d %H:%M:%S} +0800 {at.year}"


@dataclass
class Call:
    """A request that reached the server."""

    method: str
    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    refused: bool = False


@dataclass
class Failure:
    """What the next calls of a path get instead of an answer."""

    path: str
    status: int
    body: Any
    headers: dict[str, str]
    times: int
    after: bool = False
    """The call does what it should, and its answer is lost."""


@dataclass
class MicroblogServer:
    """Both networks; ids go up as they do there."""

    port: int
    page_size: int = 50
    token: str = TOKEN
    uid: str = UID
    calls: list[Call] = field(default_factory=list)
    written: list[Call] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    own: list[dict[str, Any]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    last_id: int = FIRST_ID
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def user(self, uid: str | int, name: str) -> dict[str, Any]:
        return {"id": int(uid), "idstr": str(uid), "screen_name": name, "name": name}

    def mention(
        self,
        text: str,
        *,
        at: datetime,
        uid: str = "1764222885",
        name: str = "安卓新手村",
        **more: Any,
    ) -> str:
        """Somebody's post on Weibo names the office; return its id."""
        number = self.new_id()
        self._add("statuses/mentions", self._status(number, text, at, uid, name) | more)
        return str(number)

    def comment(
        self,
        text: str,
        *,
        at: datetime,
        uid: str = "1764222885",
        name: str = "安卓新手村",
        under: str | None = None,
        reply_to: str | None = None,
        own_post: bool = True,
        lists: tuple[str, ...] = ("comments/to_me",),
    ) -> str:
        """Somebody comments on a post of the office (or of another) on Weibo; return its id."""
        number = self.new_id()
        by = (self.uid, "认证办") if own_post else ("5550001", "别人")
        status = self._status(int(under or self.new_id()), "报名通知", at, *by)
        comment = {
            "created_at": weibo_time(at),
            "id": number,
            "idstr": str(number),
            "mid": str(number),
            "text": text,
            "source": "iPhone",
            "user": self.user(uid, name),
            "status": status,
        }
        if reply_to:
            comment["reply_comment"] = {"id": int(reply_to), "idstr": reply_to}
        for name_ in lists:
            self._add(name_, comment)
        return str(number)

    def tweet(
        self,
        text: str,
        *,
        at: datetime,
        author: str = "9001",
        username: str = "xiaoyu",
        conversation: str | None = None,
        reply_to: str | None = None,
        to_user: str | None = None,
        **more: Any,
    ) -> str:
        """Somebody mentions the office on X; return its id."""
        number = str(self.new_id())
        tweet = {
            "id": number,
            "text": text,
            "author_id": author,
            "created_at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "conversation_id": conversation or reply_to or number,
            "edit_history_tweet_ids": [number],
            "_user": {"id": author, "name": username.title(), "username": username},
        }
        if reply_to:
            tweet["referenced_tweets"] = [{"type": "replied_to", "id": reply_to}]
        if to_user:
            tweet["in_reply_to_user_id"] = to_user
        self._add("x/mentions", tweet | more)
        return number

    def fail(
        self,
        path: str,
        status: int = 403,
        body: Any = None,
        *,
        times: int = 1,
        headers: dict[str, str] | None = None,
        after: bool = False,
    ) -> None:
        """Let the next calls of a path fail."""
        with self.lock:
            self.failures.append(Failure(path, status, body, headers or {}, times, after))

    def fail_weibo(self, path: str, code: int | str, *, times: int = 1) -> None:
        """Let the next calls of a path fail with a code of Weibo."""
        self.fail(path, 403 if str(code) != "20101" else 400, _weibo_error(path, code), times=times)

    def called(self, path: str) -> list[Call]:
        """Return the calls of a path that were answered or refused."""
        with self.lock:
            return [call for call in self.calls if path in call.path]

    def wrote(self, path: str) -> list[dict[str, str]]:
        """Return the parameters of what was written."""
        with self.lock:
            return [call.parameters for call in self.written if path in call.path]

    def _status(self, number: int, text: str, at: datetime, uid: str, name: str) -> dict[str, Any]:
        return {
            "created_at": weibo_time(at),
            "id": number,
            "idstr": str(number),
            "mid": str(number),
            "text": text,
            "user": self.user(uid, name),
        }

    def _add(self, name: str, post: dict[str, Any]) -> None:
        with self.lock:
            self.lists.setdefault(name, []).append(post)

    # what the server does

    def answer(self, call: Call) -> tuple[int, Any, dict[str, str]]:
        with self.lock:
            self.calls.append(call)
            failure = next((f for f in self.failures if f.path in call.path and f.times > 0), None)
            if failure is not None:
                failure.times -= 1
                if failure.after:
                    self._route(call)
                call.refused = True
                return failure.status, failure.body, failure.headers
            return self._route(call)

    def _route(self, call: Call) -> tuple[int, Any, dict[str, str]]:
        if call.path.endswith(".json"):
            return self._weibo(call)
        return self._x(call)

    def _weibo(self, call: Call) -> tuple[int, Any, dict[str, str]]:
        path = call.path.removeprefix("/2/").removesuffix(".json")
        asked = call.parameters
        if asked.get("access_token") != self.token:
            return 403, _weibo_error(path, 21327, "expired_token"), {}
        if path in ("statuses/mentions", "comments/to_me", "comments/mentions"):
            return 200, self._weibo_page(path, asked), {}
        if path == "comments/by_me":
            return 200, {"comments": [p for p in reversed(self.own) if "status" in p]}, {}
        if path == "statuses/user_timeline":
            return 200, {"statuses": [p for p in reversed(self.own) if "status" not in p]}, {}
        if call.method != "POST":
            return 404, _weibo_error(path, 10020), {}
        return self._weibo_write(path, call)

    def _weibo_page(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        since, below = int(asked.get("since_id", 0)), int(asked.get("max_id", 0))
        most = min(int(asked.get("count", 20)), self.page_size)
        rows = [
            post
            for post in sorted(self.lists.get(path, []), key=lambda p: -p["id"])
            if post["id"] > since and (not below or post["id"] <= below)
        ]
        page, rest = rows[:most], rows[most:]
        key = "statuses" if path == "statuses/mentions" else "comments"
        return {
            key: page,
            "previous_cursor": 0,
            "next_cursor": rest[0]["id"] if rest else 0,
            "total_number": len(rows),
        }

    def _weibo_write(self, path: str, call: Call) -> tuple[int, Any, dict[str, str]]:
        asked = call.parameters
        if path == "messages/reply":
            said = json.loads(unquote(asked["data"]))["text"]
            self.written.append(Call("POST", call.path, {**asked, "text": said}, call.headers))
            return 200, {"result": True, "receiver_id": asked["receiver_id"]}, {}
        text = asked.get("comment") or asked.get("status") or ""
        if not text:
            return 400, _weibo_error(path, 10016), {}
        if sum(1 if ord(c) <= 255 else 2 for c in text) > 280:
            return 400, _weibo_error(path, 20012), {}
        if path == "statuses/share" and "http" not in text:
            return 400, _weibo_error(path, 10017), {}
        if path.startswith("comments/") and asked.get("id") in self.gone | {None}:
            return 400, _weibo_error(path, 20101, "target weibo does not exist"), {}
        number = self.new_id()
        made = {
            "id": number,
            "idstr": str(number),
            "text": text,
            "user": self.user(self.uid, "认证办"),
        }
        if path.startswith("comments/"):
            made["status"] = {"id": int(asked["id"]), "idstr": asked["id"]}
        if path == "comments/reply":
            made["text"] = f"回复@somebody:{text}"
            made["reply_comment"] = {"id": int(asked["cid"]), "idstr": asked["cid"]}
        self.own.append(made)
        self.written.append(Call("POST", call.path, asked, call.headers))
        return 200, made, {}

    def _x(self, call: Call) -> tuple[int, Any, dict[str, str]]:
        if self.token not in call.headers.get("Authorization", ""):
            return 401, {"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, {}
        if call.path == f"/2/users/{self.uid}/mentions":
            return 200, self._x_page(call.parameters), {}
        if call.path == f"/2/users/{self.uid}/tweets":
            return 200, {"data": list(reversed(self.own)), "meta": {}}, {}
        if call.path == "/2/tweets" and call.method == "POST":
            return self._x_write(call)
        return 404, {"title": "Not Found", "detail": "Not Found"}, {}

    def _x_page(self, asked: dict[str, str]) -> dict[str, Any]:
        since = int(asked.get("since_id", 0))
        below = int(asked.get("pagination_token") or asked.get("until_id", 0))
        most = min(int(asked.get("max_results", 10)), self.page_size)
        rows = [
            tweet
            for tweet in sorted(self.lists.get("x/mentions", []), key=lambda t: -int(t["id"]))
            if int(tweet["id"]) > since and (not below or int(tweet["id"]) < below)
        ]
        page, rest = rows[:most], rows[most:]
        meta: dict[str, Any] = {"result_count": len(page)}
        if rest:
            meta["next_token"] = page[-1]["id"]
        if not page:
            return {"meta": meta}
        plain = [{k: v for k, v in tweet.items() if k != "_user"} for tweet in page]
        users = {tweet["_user"]["id"]: tweet["_user"] for tweet in page}
        return {"data": plain, "includes": {"users": list(users.values())}, "meta": meta}

    def _x_write(self, call: Call) -> tuple[int, Any, dict[str, str]]:
        said = json.loads(call.parameters["body"])
        target = said.get("reply", {}).get("in_reply_to_tweet_id")
        if target in self.gone:
            detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
            return 403, {"title": "Forbidden", "status": 403, "detail": detail}, {}
        if any(tweet["text"].endswith(said["text"]) for tweet in self.own):
            detail = "You are not allowed to create a Tweet with duplicate content."
            return 403, {"title": "Forbidden", "status": 403, "detail": detail}, {}
        number = str(self.new_id())
        made: dict[str, Any] = {"id": number, "text": said["text"]}
        if target:
            made["referenced_tweets"] = [{"type": "replied_to", "id": target}]
        self.own.append(made)
        parameters = {"text": said["text"], **({"in_reply_to": target} if target else {})}
        self.written.append(Call("POST", call.path, parameters, call.headers))
        return 201, {"data": {"id": number, "text": said["text"]}}, {}


def _weibo_error(path: str, code: int | str, error: str = "error") -> dict[str, Any]:
    return {"error": error, "error_code": code, "request": f"/2/{path}.json"}


class _Handler(BaseHTTPRequestHandler):
    network: MicroblogServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self._answer(self.rfile.read(size).decode())

    def _answer(self, body: str) -> None:
        address = urlsplit(self.path)
        given = parse_qs(address.query, keep_blank_values=True)
        if "json" in (self.headers.get("Content-Type") or ""):
            given["body"] = [body]
        else:
            given |= parse_qs(body, keep_blank_values=True)
        parameters = {name: values[0] for name, values in given.items()}
        call = Call(self.command, address.path, parameters, dict(self.headers))
        status, told, headers = self.network.answer(call)
        if status == 0:  # the line is cut
            self.close_connection = True
            return
        data = told.encode() if isinstance(told, str) else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[MicroblogServer]:
    """Run the networks on a port of their own."""

    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    Handler.network = MicroblogServer(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Handler.network
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def microblog_server() -> Iterator[MicroblogServer]:
    """Run fake networks for one test."""
    with running() as network:
        yield network
