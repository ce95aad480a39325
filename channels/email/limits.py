"""How much of a mail we are willing to read, and for how long.

A poison mail must end in the quarantine, not in a worker that never comes
back. Signals do not reach threads, so the clock is read between steps and
every step is linear in an input whose size is bounded here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from channels.errors import UnreadableMessage


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one mail; what exceeds a bound is unreadable or cut short.

    ``size``, ``header_block``, ``parts``, ``nesting`` and ``seconds`` refuse the
    mail; ``header`` (bytes of one field), ``html`` and ``text`` (characters)
    cut it short and leave a warning. No transfer encoding of mail grows when it
    is decoded and archives are never unpacked, so ``size`` also bounds what the
    attachments take.
    """

    size: int = 25 * 1024 * 1024
    header_block: int = 2 * 1024 * 1024
    header: int = 64 * 1024
    parts: int = 200
    nesting: int = 20
    html: int = 10 * 1024 * 1024
    text: int = 2_000_000
    seconds: float = 20.0


@dataclass(slots=True)
class Budget:
    """What is left of the limits while one mail is being read."""

    limits: Limits
    warnings: list[str] = field(default_factory=list)
    parts: int = 0
    deadline: float = 0.0

    def __post_init__(self) -> None:
        self.deadline = monotonic() + self.limits.seconds

    def check_time(self) -> None:
        """Give up on a mail that has taken too long."""
        if monotonic() > self.deadline:
            raise UnreadableMessage(
                "too_slow",
                f"Reading this mail took longer than {self.limits.seconds:g} seconds.",
            )

    def count_part(self) -> None:
        """Take note of one more part, and refuse a mail that has too many."""
        self.parts += 1
        if self.parts > self.limits.parts:
            raise UnreadableMessage(
                "too_many_parts", f"The mail has more than {self.limits.parts} parts."
            )
        self.check_time()

    def check_header(self, size: int) -> None:
        """Refuse a block of header fields beyond the limit; ``size`` in bytes."""
        if size > self.limits.header_block:
            raise UnreadableMessage(
                "header_too_big",
                f"The mail's header is larger than {self.limits.header_block:,} bytes.",
            )

    def check_depth(self, depth: int) -> None:
        """Refuse parts within parts beyond the limit."""
        if depth > self.limits.nesting:
            raise UnreadableMessage(
                "nested_too_deep",
                f"The mail's parts are nested more than {self.limits.nesting} levels deep.",
            )

    def warn(self, sentence: str) -> None:
        """Remember, once, what a reader of this mail should know."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
