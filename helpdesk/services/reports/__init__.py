"""What managers are shown: figures, and the tickets behind each of them.

Every figure is a condition on tickets (``figures``) that is counted, grouped or
paged, so that a figure and the list which it opens cannot disagree. All of them
carry the viewer's ``visible_tickets``.
"""

from helpdesk.services.reports.call_figures import (
    CALL_BREAKDOWNS,
    CALL_FIGURES,
    CallFigure,
    CallReport,
    CallRow,
    call_count,
    call_report,
    calls_behind,
)
from helpdesk.services.reports.channel_health import ChannelHealth, channel_health
from helpdesk.services.reports.counted import RATIOS, Counted
from helpdesk.services.reports.dimensions import BREAKDOWNS, DIMENSIONS, TIMES, Part
from helpdesk.services.reports.figures import (
    FIGURES,
    NOBODY,
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
    share_kept,
)
from helpdesk.services.reports.flow import Flow, StepFlow, flow
from helpdesk.services.reports.judged import at_once_minutes
from helpdesk.services.reports.periods import (
    PERIODS,
    PRESETS,
    Span,
    Step,
    between,
    period,
    preset,
    workdays,
)
from helpdesk.services.reports.promise_figures import (
    PromisePage,
    count_promises,
    promises_behind,
)
from helpdesk.services.reports.tables import Question, Report, Row, parts_from, report
from helpdesk.services.reports.work import (
    AgentLoad,
    DueBucket,
    InHand,
    Standing,
    in_hand,
    load_by_agent,
)

__all__ = [
    "BREAKDOWNS",
    "CALL_BREAKDOWNS",
    "CALL_FIGURES",
    "DIMENSIONS",
    "FIGURES",
    "NOBODY",
    "PERIODS",
    "PRESETS",
    "RATIOS",
    "TIMES",
    "AgentLoad",
    "Breach",
    "BreachPage",
    "CallFigure",
    "CallReport",
    "CallRow",
    "ChannelHealth",
    "Counted",
    "DueBucket",
    "Figure",
    "FirstReplies",
    "Flow",
    "InHand",
    "Part",
    "PromisePage",
    "Question",
    "Report",
    "Row",
    "Span",
    "Standing",
    "Step",
    "StepFlow",
    "StepReplies",
    "at_once_minutes",
    "between",
    "breaches",
    "call_count",
    "call_report",
    "calls_behind",
    "channel_health",
    "count",
    "count_promises",
    "first_replies",
    "flow",
    "in_hand",
    "load_by_agent",
    "parts_from",
    "period",
    "preset",
    "promises_behind",
    "report",
    "share_kept",
    "tickets_behind",
    "workdays",
]
