"""Delivery reports: which of our mails did not arrive, at whom, and for good or not.

First what the report says formally (RFC 3464, Exim's X-Failed-Recipients), then
the wording of notices: Chinese providers' by our own rules, known programs' by
flufl.bounce, and the rest by what any notice says. Only a mail system's mail is
read so: a person who writes *about* a returned mail is a person.
"""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Iterable, Iterator

from channels.email.addresses import read_addresses
from channels.email.auto import (
    answers_automatically,
    is_from_a_daemon,
    is_written_by_a_daemon,
)
from channels.email.charsets import clean
from channels.email.headers import Headers, read_headers
from channels.email.identifiers import message_id, message_ids
from channels.email.limits import Budget, Limits
from channels.email.mime import Part
from channels.email.notices import (
    announces_failure,
    begins_as_a_notice,
    copy_is_to,
    read_foreign_notice,
    read_notice,
)
from channels.email.verdicts import explains_itself_otherwise, is_bad_address
from channels.message import Bounce, FailedRecipient

_RETURNED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"}
_REPORTED = {
    "message/delivery-status",
    "message/global-delivery-status",
    "message/xdelivery-status",
}
_TYPE = re.compile(r"\s*([\w-]+)\s*;")
# the last is what Exchange and sendmail add where the others name no mail address
_RECIPIENT_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient")
_OTHER_NETWORKS = {"x400", "x500", "ex", "fax", "sms"}
_QUOTED_ID = re.compile(r"^[> \t]*Message-ID:\s*(<[^<>\s]{1,998}>)", re.IGNORECASE | re.MULTILINE)
_ERROR_LINE = re.compile(r"^.{0,200}?(?<![\d.])[45]\d\d[ -].{0,400}", re.MULTILINE)
_DELAY = re.compile(r"\bdelay|\bwarning\b|延迟|延遲", re.IGNORECASE)
_STILL_TRYING = re.compile(r"\bdelayed\b|\bstill being retried\b|延迟|延遲", re.IGNORECASE)
_BLOCKED = re.compile(r"\b(?:was|been) blocked by\b", re.IGNORECASE)
_NOTICE = 3000  # characters of a notice above the copy of the mail
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_MOST_RECIPIENTS = 500
_SCANNED = 64 * 1024
_LONGEST_REASON = 500


def read_bounce(root: Part, *, sender: str, subject: str, text: str) -> Bounce | None:
    """Read a delivery report; ``None`` when the mail is something else.

    ``text`` is the mail's readable body. A report of success is no bounce.
    """
    if not _is_from_a_mail_system(root, sender, subject):
        return None
    failed = tuple(_formal(root))
    if not failed:
        failed = tuple(_rejected(root, text))
    if not failed and not _is_report_of_success(root):
        failed = tuple(_exim(root.headers, subject, text)) or _worded(root, sender, subject, text)
    if not failed:
        return None
    return Bounce(_original_id(root, text), _once_each(failed)[:_MOST_RECIPIENTS])


def _once_each(failed: Iterable[FailedRecipient]) -> tuple[FailedRecipient, ...]:
    """Keep one entry of each address: the one with the system's last word."""
    found: dict[str, FailedRecipient] = {}
    for recipient in failed:
        known = found.get(recipient.address)
        if known is None or (recipient.gave_up, recipient.permanent) > (
            known.gave_up,
            known.permanent,
        ):
            found[recipient.address] = recipient
    return tuple(found.values())


def _is_from_a_mail_system(root: Part, sender: str, subject: str) -> bool:
    headers = root.headers
    if root.content_type == "multipart/report" or "x-failed-recipients" in headers:
        return True
    if not is_from_a_daemon(headers, sender):
        # a postmaster in person, or a server that names its program as persons' do
        is_postmaster = is_written_by_a_daemon(headers, sender)
        return is_postmaster and begins_as_a_notice(subject) and bool(_copies(root))
    return is_written_by_a_daemon(headers, sender) or not answers_automatically(subject)


def _copies(root: Part) -> list[Part]:
    return [part for part in root.walk() if part.content_type in _RETURNED]


def _formal(root: Part) -> Iterator[FailedRecipient]:
    for part in root.walk():
        if part.content_type in _REPORTED:
            for group in _groups(part):
                recipient = _recipient(group)
                if recipient is not None:
                    yield recipient


def _rejected(root: Part, text: str) -> Iterator[FailedRecipient]:
    """Read the receipt with which a mailbox says that it took the mail and threw it away.

    Dovecot rejects so, by quota or by a rule; a receipt of a reader's program is none.
    """
    if "rejected" not in root.headers.text("auto-submitted").lower():
        return
    for part in root.walk():
        if part.content_type == "message/disposition-notification":
            for group in _groups(part):
                address = _typed_address(group, "final-recipient")
                if address and "deleted" in group.text("disposition").lower():
                    reason = " ".join(text.split())[:_LONGEST_REASON]
                    yield FailedRecipient(address, permanent=False, reason=reason, gave_up=True)


def _groups(part: Part) -> Iterator[Headers]:
    """Yield the groups of fields of a delivery-status part."""
    for block in _BLANK_LINE.split(part.decoded().strip())[:_MOST_RECIPIENTS]:
        data = block.strip(b"\r\n")
        yield read_headers(data, 0, len(data), Budget(Limits()))[0]


def _recipient(group: Headers) -> FailedRecipient | None:
    """Read one recipient; who got the mail is not reported."""
    status = group.text("status")
    action = group.text("action").partition(" ")[0].lower()
    if not action and status.startswith("5"):
        action = "failed"
    address = next(filter(None, (_typed_address(group, name) for name in _RECIPIENT_FIELDS)), "")
    if not address or action not in {"failed", "failure", "expired", "delayed"}:
        return None
    reason = _untyped(group.text("diagnostic-code"))[1] or status
    failed = action != "delayed"
    permanent = failed and is_bad_address(status, reason)
    return FailedRecipient(address, permanent, reason[:_LONGEST_REASON], gave_up=failed)


def _typed_address(group: Headers, name: str) -> str:
    kind, value = _untyped(group.text(name))
    if kind in _OTHER_NETWORKS or "@" not in value:
        return ""
    found = read_addresses([value.encode("utf-8", "replace")])
    return found[0].value if found else ""


def _untyped(field: str) -> tuple[str, str]:
    """Split ``smtp; 550 no such user``; some servers leave the type out."""
    found = _TYPE.match(field)
    if found is None:
        return "", field.strip()
    return found[1].lower(), field[found.end() :].strip()


def _is_report_of_success(root: Part) -> bool:
    """Tell a well-formed report in which nobody failed, and reports of other kinds."""
    kind = root.parameters.get("report-type").lower()
    if root.content_type == "multipart/report" and kind not in {"", "delivery-status"}:
        return True
    return any(
        group.text("action").lower() in {"delivered", "relayed", "expanded"}
        for part in root.walk()
        if part.content_type in _REPORTED
        for group in _groups(part)
    )


def _exim(headers: Headers, subject: str, text: str) -> Iterator[FailedRecipient]:
    notice = text[:_NOTICE]
    error = _ERROR_LINE.search(notice)
    reason = error[0].strip()[:_LONGEST_REASON] if error is not None else ""
    gave_up = _DELAY.search(subject) is None
    permanent = gave_up and is_bad_address("", notice)
    for handle in read_addresses(headers.all("x-failed-recipients")):
        yield FailedRecipient(handle.value, permanent, reason, gave_up=gave_up)


def _worded(root: Part, sender: str, subject: str, text: str) -> tuple[FailedRecipient, ...]:
    """Read a notice that only words describe."""
    notice = text[:_SCANNED]
    addressees = {handle.value for handle in read_addresses(root.headers.all("to"))}
    of_a_daemon = is_written_by_a_daemon(root.headers, sender)
    return (
        read_notice(subject, notice, addressees, of_a_daemon=of_a_daemon)
        or tuple(_flufl(root.data, subject, text, addressees))
        or read_foreign_notice(subject, notice, addressees, of_a_daemon=of_a_daemon)
        or tuple(_returned_to(root, subject, notice, addressees))
    )


def _returned_to(
    root: Part, subject: str, notice: str, addressees: set[str]
) -> Iterator[FailedRecipient]:
    """Read whom the returned mail was for; only where that is one, so that nobody else counts."""
    copies = _copies(root)
    if len(copies) > 1 or not announces_failure(subject):
        return
    fields = _returned_headers(copies[0]).all("to") if copies else [copy_is_to(notice).encode()]
    found = read_addresses(fields)
    if len(found) == 1 and found[0].value not in addressees:
        gave_up = _DELAY.search(subject) is None
        yield FailedRecipient(found[0].value, permanent=False, gave_up=gave_up)


def _returned_headers(part: Part) -> Headers:
    data = part.decoded()
    return read_headers(data, 0, len(data), Budget(Limits()))[0]


def _flufl(raw: bytes, subject: str, text: str, addressees: set[str]) -> Iterator[FailedRecipient]:
    from flufl.bounce import all_failures  # noqa: PLC0415 - few mails need its detectors

    # a detector that stumbles over a mail is passed over, and nobody needs its traceback
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
    try:
        temporary, permanent = all_failures(email.message_from_bytes(raw[:_SCANNED]))
    except Exception:  # noqa: BLE001 - its detectors trust the mail's structure
        return
    quoted = {identity[1:-1].lower() for identity in _QUOTED_ID.findall(text[:_SCANNED])}
    gave_up = _STILL_TRYING.search(subject) is None
    bad = gave_up and not explains_itself_otherwise(text[:_NOTICE])
    found = (
        *_plain(permanent, permanent=bad, gave_up=gave_up),
        *_plain(
            temporary - permanent,
            permanent=False,
            gave_up=_BLOCKED.search(text[:_NOTICE]) is not None,  # nobody tries again
        ),
    )
    # what stands in the quoted mail's head is its identity, or our own address
    yield from (failed for failed in found if failed.address not in quoted | addressees)


def _plain(
    addresses: Iterable[bytes | str], *, permanent: bool, gave_up: bool
) -> Iterator[FailedRecipient]:
    texts = (
        item.decode("utf-8", "replace") if isinstance(item, bytes) else item for item in addresses
    )
    for address in sorted(texts):
        yield FailedRecipient(clean(address).strip().lower(), permanent, gave_up=gave_up)


def _original_id(root: Part, text: str) -> str | None:
    """Find the Message-ID of the mail that came back: returned, quoted, or answered."""
    for part in root.walk():
        if part.content_type in _RETURNED:
            found = message_id(_returned_headers(part).all("message-id"))
        elif part.content_type == "message/disposition-notification":
            found = message_id(_returned_headers(part).all("original-message-id"))
        else:
            continue
        if found is not None:
            return found
    quoted = _QUOTED_ID.search(text[:_SCANNED])
    if quoted is not None:
        return quoted[1]
    fields = root.headers.all("in-reply-to") + root.headers.all("references")[-1:]
    answered = message_ids(fields)
    return answered[0] if answered else None
