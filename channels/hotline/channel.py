"""The hotline as a channel: a missed call is a message that asks to be rung back."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from channels.base import Account
from channels.errors import UnreadableMessage
from channels.hotline.call import CallRecord
from channels.hotline.numbers import phone_number
from channels.hotline.tail import LogTail
from channels.message import Handle, IncomingMessage, RawItem

MISSED = "missed:"
_BEHIND_MOBILE = re.compile(r"(1[3-9][0-9]{9})\s*(?:转|分机|[-,#xX])\s*([0-9]{1,6})$")
"""Numbers that hide a customer's own are mobile numbers with an extension."""


def missed_item(
    call: CallRecord, *, number: str, subject: str, text: str, now: datetime
) -> RawItem:
    """Pack a missed call of ``number`` with the words that tell of it."""
    fields = {
        "call": call.external_id,
        "number": number,
        "arrived": call.arrived.isoformat(),
        "subject": subject,
        "text": text,
    }
    raw = json.dumps(fields, ensure_ascii=False).encode()
    return RawItem(external_id=f"{MISSED}{call.external_id}", raw=raw, received_at=now)


@lru_cache(maxsize=4096)
def line_number(written: str) -> str:
    """Return a line that can be rung: in its one form, or the bare digits; else empty."""
    try:
        return phone_number(written)
    except ValueError:
        behind = _BEHIND_MOBILE.search(written)
        if behind:
            return f"{behind[1]}-{behind[2]}"
        digits = "".join(character for character in written if character in "0123456789")
        return digits[:40] if len(digits) >= 3 else ""


class HotlineChannel:
    """Understands what :func:`missed_item` packed."""

    name = "hotline"

    def is_polled(self, settings: Mapping[str, Any]) -> bool:
        """Say whether there is a log to follow."""
        return bool(settings.get("path"))

    def source(self, account: Account, stop: threading.Event | None = None) -> LogTail:
        """Return the log that the account follows."""
        return LogTail(Path(str(account.settings["path"])), stop=stop)

    def understand(self, item: RawItem) -> IncomingMessage:
        """Unpack a missed call; raise UnreadableMessage for anything else."""
        try:
            fields = json.loads(item.raw)
            return IncomingMessage(
                channel=self.name,
                identity=item.external_id,
                happened_at=datetime.fromisoformat(fields["arrived"]),
                author=Handle("phone", fields["number"]),
                subject=fields["subject"],
                text=fields["text"],
                reply_text=fields["text"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableMessage(
                "not_a_call", f"The missed call cannot be read ({error})."
            ) from error
