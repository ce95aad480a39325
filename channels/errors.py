"""What can go wrong at a channel's edge, and whether trying again can help."""

from __future__ import annotations

from datetime import datetime


class ChannelError(Exception):
    """A channel could not do its work.

    ``code`` is stable and short (``auth_failed``, ``unreachable``,
    ``certificate``, ``refused``, ``rate_limited``, ``misconfigured``,
    ``token_expired``, ``not_permitted``);
    ``sentence`` tells a person what happened and what to do. ``permanent``
    means that the same attempt will fail again until somebody changes something.
    ``retry_at`` is the earliest useful next try, where the far end said so.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        permanent: bool = False,
        retry_at: datetime | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.permanent = permanent
        self.retry_at = retry_at


class UnreadableMessage(Exception):
    """A raw item cannot be understood; its reason is shown in the quarantine."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
