"""What managers are shown: figures, and the tickets behind each of them.

Every figure is a condition on tickets (``figures``) that is counted, grouped or
paged, so that a figure and the list which it opens cannot disagree. All of them
carry the viewer's ``visible_tickets``.
"""

from helpdesk.services.reports.channel_health import ChannelHealth, channel_health
from helpdesk.services.reports.figures import (
    AT_ONCE_MINUTES,
    FIGURES,
    Figure,
    count,
    tickets_behind,
)
from helpdesk.services.reports.first_replies import (
    Breach,
    BreachPage,
    FirstReplies,
    StepReplies,
    breaches,
    first_replies,
)
from helpdesk.services.reports.flow import Flow, StepFlow, flow
from helpdesk.services.reports.periods import PERIODS, Span, Step, period, workdays
from helpdesk.services.reports.work import (
    AgentLoad,
    DueBucket,
    Standing,
    due_next,
    load_by_agent,
    standing,
)

__all__ = [
    "AT_ONCE_MINUTES",
    "FIGURES",
    "PERIODS",
    "AgentLoad",
    "Breach",
    "BreachPage",
    "ChannelHealth",
    "DueBucket",
    "Figure",
    "FirstReplies",
    "Flow",
    "Span",
    "Standing",
    "Step",
    "StepFlow",
    "StepReplies",
    "breaches",
    "channel_health",
    "count",
    "due_next",
    "first_replies",
    "flow",
    "load_by_agent",
    "period",
    "standing",
    "tickets_behind",
    "workdays",
]
