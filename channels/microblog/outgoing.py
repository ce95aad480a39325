"""A post that is ready to leave, as the outbox keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from channels.errors import ChannelError


@dataclass(frozen=True, slots=True)
class OutgoingPost:
    """One post: what it says, and the identity that it answers; None for a notice."""

    text: str
    answers: str | None = None

    def to_bytes(self) -> bytes:
        """Return it as what a sender takes."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> OutgoingPost:
        """Read it back; raise ChannelError for what is no post."""
        try:
            told: Mapping[str, Any] = json.loads(raw)
            return cls(str(told["text"]), told.get("answers"))
        except (ValueError, KeyError, TypeError) as error:
            raise ChannelError(
                "refused", f"This is no post ({error!r}).", permanent=True
            ) from error
