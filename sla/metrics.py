"""What can be promised about a ticket, and how each clock lives.

- ``first_reply``: from the request to the first human answer.
- ``next_reply``: from the oldest unanswered message after it to the next answer; each
  exchange has a clock of its own.
- ``resolution``: from the request until it is settled; reopening goes on from what was used.
- ``callback``: from a missed call until somebody was reached.
- ``visit_report``: from the end of a visit until its report.
"""

from __future__ import annotations

FIRST_REPLY = "first_reply"
NEXT_REPLY = "next_reply"
RESOLUTION = "resolution"
CALLBACK = "callback"
VISIT_REPORT = "visit_report"
METRICS = (FIRST_REPLY, NEXT_REPLY, RESOLUTION, CALLBACK, VISIT_REPORT)

REPLIES = (FIRST_REPLY, NEXT_REPLY)
"""Once given, they stay given when a ticket is opened again."""
