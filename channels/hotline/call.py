"""One telephone call, as every source tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

Direction = Literal["inbound", "outbound", "internal"]
Outcome = Literal["answered", "abandoned", "timed_out", "voicemail", "withdrawn", "lost"]
"""What became of a call that asked for a person.

``answered``: an agent spoke with the caller. The others are missed: ``abandoned`` the
caller hung up, ``timed_out`` nobody took it in time or was there, ``voicemail`` the
caller pressed a key to leave the queue, ``withdrawn`` the desk took it out, ``lost`` the
log ends without an end.
"""


class CallRecord(NamedTuple):
    """A call from its arrival to its end; all instants are UTC.

    - ``external_id``: the exchange's own id, unique in its source.
    - ``caller`` and ``called``: numbers as the exchange wrote them; empty when withheld.
    - ``answered``: when a person took it, ``None`` for a missed call.
    - ``ended``: ``None`` while it goes on.
    - ``wait_seconds``: from the arrival to the answer, or to the end of a missed call.
    - ``talk_seconds``: how long agents spoke with the caller, so far.
    """

    external_id: str
    direction: Direction
    caller: str
    called: str
    queue: str
    agent: str
    arrived: datetime
    answered: datetime | None
    ended: datetime | None
    wait_seconds: float
    talk_seconds: float
    outcome: Outcome | None
    recording: str = ""

    @property
    def missed(self) -> bool:
        """Whether it ended without anybody speaking to the caller."""
        return self.outcome is not None and self.outcome != "answered"
