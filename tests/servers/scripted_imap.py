"""An IMAP server that says exactly what a test writes down, for what Dovecot never does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.servers.process import LOOPBACK

Answer = Callable[["Talk", bytes, bytes], None]


@dataclass
class Talk:
    """One connection: what the client said, and a way to answer."""

    line: socket.socket
    heard: list[bytes] = field(default_factory=list)

    def say(self, *lines: bytes) -> None:
        self.line.sendall(b"".join(line + b"\r\n" for line in lines))


@dataclass
class ScriptedImap:
    """Where it listens and every command that it has heard."""

    port: int
    heard: list[bytes] = field(default_factory=list)


def usual_answers() -> dict[bytes, Answer]:
    """Answer like a small mailbox without mails; a test replaces what it is about."""

    def ok(*before: bytes) -> Answer:
        return lambda talk, tag, _rest: talk.say(*before, tag + b" OK done")

    def append_nothing(talk: Talk, tag: bytes, _rest: bytes) -> None:
        talk.say(b"* BYE", tag + b" OK bye")

    return {
        b"CAPABILITY": ok(b"* CAPABILITY IMAP4rev1 IDLE"),
        b"LOGIN": ok(),
        b"ID": ok(b'* ID ("name" "script")'),
        b"EXAMINE": ok(b"* 0 EXISTS", b"* OK [UIDVALIDITY 7] ok", b"* OK [UIDNEXT 1] ok"),
        b"LIST": ok(rb'* LIST (\HasNoChildren) "/" "INBOX"'),
        b"UID": ok(b"* SEARCH"),
        b"NOOP": ok(),
        b"LOGOUT": append_nothing,
    }


@contextmanager
def scripted_imap(**answers: Answer) -> Iterator[ScriptedImap]:
    """Run a server; ``answers`` are by command, such as ``EXAMINE=…``."""
    script = usual_answers() | {name.encode(): answer for name, answer in answers.items()}
    with socket.create_server((LOOPBACK, 0)) as listening:
        server = ScriptedImap(listening.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(listening, script, server), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(listening: socket.socket, script: dict[bytes, Answer], server: ScriptedImap) -> None:
    talks = []
    with suppress(OSError):
        while True:
            line, _address = listening.accept()
            talk = threading.Thread(target=_talk, args=(line, script, server), daemon=True)
            talk.start()
            talks.append(talk)
    for talk in talks:
        talk.join(5)


def _talk(line: socket.socket, script: dict[bytes, Answer], server: ScriptedImap) -> None:
    with line, suppress(OSError), line.makefile("rb") as heard:
        talk = Talk(line)
        talk.say(b"* OK ready")
        for received in heard:
            tag, _, rest = received.rstrip().partition(b" ")
            server.heard.append(rest or tag)
            command = (rest or tag).split(b" ")[0].upper()
            answer = script.get(command)
            if answer is not None:
                answer(talk, tag, rest)
            else:
                talk.say(tag + b" BAD unknown")
            if command == b"LOGOUT":
                return
