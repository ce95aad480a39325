"""The desk's tables, one file per aggregate."""

from helpdesk.models.agent import Agent, Group, Login, Throttle
from helpdesk.models.application import Application
from helpdesk.models.article import (
    Article,
    ArticleDraft,
    ArticleEvent,
    ArticlePicture,
    ArticleText,
    ArticleVersion,
    ArticleVote,
)
from helpdesk.models.audit import SettingChange
from helpdesk.models.automation import Automation
from helpdesk.models.base import NO_PROMISE, SEARCH_TABLES, Base
from helpdesk.models.calendar import (
    CalendarException,
    CalendarHours,
    CalendarVersion,
    CalendarYear,
    ServiceCalendar,
)
from helpdesk.models.call import Call, Callback, CallDay, CallHour, CallMapping, CallSum
from helpdesk.models.center import Center, CenterDomain
from helpdesk.models.center_event import CenterEvent
from helpdesk.models.center_record import (
    Agreement,
    AnnualReview,
    CenterRequest,
    Document,
    Lecturer,
    Opinion,
    Qualification,
    Remittance,
    Teacher,
)
from helpdesk.models.channel import ChannelAccount, Inbound
from helpdesk.models.event import Event
from helpdesk.models.macro import Macro
from helpdesk.models.message import AttachmentRecord, Draft, Message
from helpdesk.models.microblog import PostThread, PushNonce, RequestMeter
from helpdesk.models.outbox import Heartbeat, Notification, Outbox
from helpdesk.models.person import Address, Person
from helpdesk.models.personal import PersonalAccess, SealedNumber
from helpdesk.models.policy import PendingJudgement, PolicyRecord, PolicyVersion, Target
from helpdesk.models.presence import Presence
from helpdesk.models.public_notice import PublicNotice
from helpdesk.models.rating import Rating
from helpdesk.models.report import (
    PromiseFact,
    Reopening,
    ReportSchedule,
    TicketChange,
    TicketFact,
    TicketSum,
)
from helpdesk.models.saved_view import SavedView
from helpdesk.models.tally import Tally
from helpdesk.models.ticket import Participant, Ticket
from helpdesk.models.visit import Visit, VisitDate
from helpdesk.models.wallboard import WallboardAddress

__all__ = [
    "NO_PROMISE",
    "SEARCH_TABLES",
    "Address",
    "Agent",
    "Agreement",
    "AnnualReview",
    "Application",
    "Article",
    "ArticleDraft",
    "ArticleEvent",
    "ArticlePicture",
    "ArticleText",
    "ArticleVersion",
    "ArticleVote",
    "AttachmentRecord",
    "Automation",
    "Base",
    "CalendarException",
    "CalendarHours",
    "CalendarVersion",
    "CalendarYear",
    "Call",
    "CallDay",
    "CallHour",
    "CallMapping",
    "CallSum",
    "Callback",
    "Center",
    "CenterDomain",
    "CenterEvent",
    "CenterRequest",
    "ChannelAccount",
    "Document",
    "Draft",
    "Event",
    "Group",
    "Heartbeat",
    "Inbound",
    "Lecturer",
    "Login",
    "Macro",
    "Message",
    "Notification",
    "Opinion",
    "Outbox",
    "Participant",
    "PendingJudgement",
    "Person",
    "PersonalAccess",
    "PolicyRecord",
    "PolicyVersion",
    "PostThread",
    "Presence",
    "PromiseFact",
    "PublicNotice",
    "PushNonce",
    "Qualification",
    "Rating",
    "Remittance",
    "Reopening",
    "ReportSchedule",
    "RequestMeter",
    "SavedView",
    "SealedNumber",
    "ServiceCalendar",
    "SettingChange",
    "Tally",
    "Target",
    "Teacher",
    "Throttle",
    "Ticket",
    "TicketChange",
    "TicketFact",
    "TicketSum",
    "Visit",
    "VisitDate",
    "WallboardAddress",
]
