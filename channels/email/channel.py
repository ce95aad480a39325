"""The mail channel: raw bytes of a mail in, an IncomingMessage out."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels.base import Account, Sender, Source
from channels.email.addresses import read_addresses
from channels.email.auto import classify
from channels.email.body import Body, read_body
from channels.email.bounces import read_bounce
from channels.email.charsets import decode
from channels.email.dates import happened_at, sent_at
from channels.email.headers import Headers
from channels.email.identifiers import message_id, message_ids
from channels.email.limits import Budget, Limits
from channels.email.mime import Part, read_parts
from channels.email.oversize import not_fetched
from channels.email.quotes import reply_text
from channels.email.thread import is_forward
from channels.email.vocabulary import words
from channels.errors import UnreadableMessage
from channels.message import Bounce, Handle, IncomingMessage, RawItem

_LONGEST_SUBJECT = 1000
# a mail without any of these is a file that was taken for one
_TELLTALE = words(
    "from to cc subject date message-id received sender reply-to mime-version content-type "
    "return-path delivered-to"
)
_UNICODE = ("utf", "ucs", "unicode")
_NOBODY = Handle("email", "")
_LONE_RETURN = re.compile(rb"\r(?!\n)")


class EmailChannel:
    """Understands mail."""

    name = "email"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def understand(self, item: RawItem) -> IncomingMessage:
        """Turn stored raw bytes into a message; raises UnreadableMessage."""
        return understand_bytes(item.raw, received_at=item.received_at, limits=self._limits)

    def is_polled(self, settings: Mapping[str, Any]) -> bool:
        """Say whether there is an IMAP server to read."""
        return bool(settings.get("imap"))

    def source(self, account: Account, stop: threading.Event | None = None) -> Source:
        """Return the mailbox; raise ChannelError with what to correct."""
        from channels.email.imap import ImapSource  # noqa: PLC0415 - only readers need it
        from channels.email.settings import mail_account  # noqa: PLC0415

        return ImapSource(mail_account(account), stop=stop)

    def sender(self, account: Account) -> Sender:
        """Return the way out, over SMTP or into a folder; raise ChannelError."""
        from channels.email.drop import FolderSender  # noqa: PLC0415 - only workers need these
        from channels.email.settings import smtp_account  # noqa: PLC0415
        from channels.email.smtp import SmtpSender  # noqa: PLC0415

        folder = account.settings.get("drop_folder")
        if folder:  # for trying the desk out
            return FolderSender(account.data / str(folder))
        return SmtpSender(smtp_account(account))


def understand_bytes(
    raw: bytes,
    *,
    received_at: datetime,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> IncomingMessage:
    """Read one mail.

    Raises UnreadableMessage (``empty``, ``not_a_mail``, ``too_big``,
    ``header_too_big``, ``too_many_parts``, ``nested_too_deep``, ``too_slow``); any
    other damage is read as well as it can be and described in ``warnings``.
    """
    if (left := not_fetched(raw)) is not None:
        raise UnreadableMessage(left.code, left.sentence)
    budget = Budget(limits)
    root = _read_root(raw, budget)
    body = read_body(root, budget)
    headers = root.headers
    author = _author(headers)
    subject = headers.text("subject")[:_LONGEST_SUBJECT]
    bounce = read_bounce(root, sender=author.value, subject=subject, text=body.text)
    auto = classify(root, sender=author.value, subject=subject, is_bounce=bounce is not None)
    identity = message_id(headers.all("message-id"))
    in_reply_to = message_ids(headers.all("in-reply-to"))
    references = message_ids(headers.all("references"))
    _describe_oddities(headers, author, body, budget)
    sent = sent_at(headers)
    return IncomingMessage(
        channel="email",
        identity=identity or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        happened_at=happened_at(sent, headers, received_at),
        claimed_at=sent,
        author=author,
        subject=subject,
        text=body.text,
        reply_text=_new_part(body, subject, bounce, author.name),
        html=body.html,
        reply_to=read_addresses(headers.all("reply-to")),
        to=read_addresses(headers.all("to")),
        cc=read_addresses(headers.all("cc")),
        in_reply_to=in_reply_to[0] if in_reply_to else None,
        references=references,
        thread_keys=_thread_keys(in_reply_to, references, bounce, identity),
        attachments=body.attachments,
        auto=auto,
        bounce=bounce,
        warnings=tuple(budget.warnings),
    )


def _read_root(raw: bytes, budget: Budget) -> Part:
    limits = budget.limits
    if not raw.strip(b"\0\r\n\t "):
        raise UnreadableMessage("empty", "The mail is empty.")
    if len(raw) > limits.size:
        megabytes = limits.size / 1_048_576
        raise UnreadableMessage("too_big", f"The mail is larger than {megabytes:g} MB.")
    root = read_parts(_with_line_feeds(raw.lstrip(b"\xef\xbb\xbf\r\n\0 \t")), budget)
    if not _TELLTALE & root.headers.fields.keys():
        raise UnreadableMessage("not_a_mail", "This is no mail: it has no mail header.")
    _label_raw_fields(root)
    return root


def _label_raw_fields(root: Part) -> None:
    """Read raw bytes of the head in the encoding that the body is said to have.

    Programs that forget to encode a subject write it as they write the text. UTF-8 is
    recognised without a label.
    """
    raw = [values for values in root.headers.fields.values() if not all(map(bytes.isascii, values))]
    if not raw:
        return
    texts = (part for part in root.walk() if part.content_type.startswith("text/"))
    charset = next((label for part in texts if (label := part.parameters.get("charset"))), "")
    if not charset or charset.lower().startswith(_UNICODE):
        return
    for values in raw:
        values[:] = [v if v.isascii() else decode(v, charset).encode() for v in values]


def _with_line_feeds(raw: bytes) -> bytes:
    """Give a mail with bare carriage returns the line ends that everything else has."""
    head = raw[:4096]
    if b"\r" in head and b"\n" not in head:
        return _LONE_RETURN.sub(b"\n", raw)
    return raw


def _author(headers: Headers) -> Handle:
    for name in ("from", "sender", "reply-to", "return-path"):
        found = read_addresses(headers.all(name))
        if found:
            return found[0]
    name = headers.text("from").replace("<>", "").strip(' "')[:200]
    return Handle("email", "", name) if name else _NOBODY


def _new_part(body: Body, subject: str, bounce: Bounce | None, writer: str) -> str:
    forwarded = bounce is not None or is_forward(subject)
    return reply_text(body.text, body.own, forwarded=forwarded, writer=writer)


def _thread_keys(
    in_reply_to: tuple[str, ...],
    references: tuple[str, ...],
    bounce: Bounce | None,
    identity: str | None,
) -> tuple[str, ...]:
    """Order what the mail answers, nearest first; a bounce answers the mail that came back."""
    keys = dict.fromkeys((*in_reply_to, *reversed(references)))
    if bounce is not None and bounce.original_message_id is not None:
        keys = {bounce.original_message_id: None, **keys}
    return tuple(key for key in keys if key != identity)


def _describe_oddities(headers: Headers, author: Handle, body: Body, budget: Budget) -> None:
    if not author.value:
        budget.warn("The mail names no sender.")
    if len(headers.all("from")) > 1:
        budget.warn("The mail has more than one From field; the first one counts.")
    if not body.text and not body.attachments:
        budget.warn("The mail has no content.")
