"""The people of a desk, what they know of its tickets, and the moment it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from channels.message import RawItem
from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, CalendarHours, Center, ChannelAccount, Group, ServiceCalendar
from helpdesk.runtime import current_storage
from helpdesk.services.access import Viewer
from helpdesk.services.arrivals import intake
from helpdesk.services.hotline import call_sources
from helpdesk.services.hours import calendars
from tests.services.mails import mailbox
from tests.services.people import agent, contact

WEIBO_UID = "2804301701"
REGIONS = {"CD01": "四川", "BJ02": "北京", "XA03": ""}
KNOWN_TICKETS = 3000
"""So many of the latest tickets are worked on; older ones are left as they are."""

Act = Callable[["World", Random], None]


@dataclass(slots=True)
class Letter:
    """What a customer has in hand: who they are and the mail that they can answer."""

    sender: str
    message_id: str | None = None
    post: dict | None = None
    number: str | None = None


@dataclass(slots=True)
class Sent:
    """A mail of ours that may come back."""

    identity: str
    recipient: str


class World:
    """A desk whose clock is ``now``; one act at a time happens to it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.session: Session = db.session()
        self.tickets: list[int] = []
        self.letters: dict[int, Letter] = {}
        self.callbacks: list[int] = []
        self.visits: list[int] = []
        self.sent: list[Sent] = []
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.left_alone: list[int] = []
        self._serial = 0
        self._batch: list[tuple[int, RawItem, Letter]] | None = None
        self._writing = False
        self._people()
        self._accounts()
        self._calendars()

    def do(self, act: Act, chance: Random) -> None:
        """Let an act happen; what the desk refuses leaves no trace."""
        try:
            act(self, chance)
        except (Refusal, Conflict, NotFound) as refusal:
            self.session.rollback() if not self._writing else None
            self.refused[f"{act.__name__}: {refusal.code}"] += 1
        else:
            self.done[act.__name__] += 1

    def serial(self) -> int:
        """Return a number that was not used before."""
        self._serial += 1
        return self._serial

    def pick(self, chance: Random) -> int:
        """Return a ticket's number; raise Refusal while there is none."""
        if not self.tickets:
            raise Refusal("no_ticket", "There is no ticket yet.")
        return chance.choice(self.tickets)

    def writer(self, chance: Random) -> Letter:
        """Return what a customer who writes mails has in hand; raise Refusal without one."""
        for _ in range(8):
            letter = self.letters[self.pick(chance)]
            if letter.message_id is not None:
                return letter
        raise Refusal("no_mail", "Nobody wrote a mail of late.")

    def agent(self, chance: Random) -> Viewer:
        """Return somebody of the office."""
        return chance.choice(self.agents)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Write in a transaction, or in a savepoint of the batch's own."""
        if self._writing:
            with self.session.begin_nested():
                yield self.session
            return
        with transaction() as session:
            yield session

    @contextmanager
    def writing_together(self) -> Iterator[None]:
        """Let the acts of the block be one transaction: a year has half a million of them."""
        with transaction():
            self._writing = True
            try:
                yield
            finally:
                self._writing = False

    @contextmanager
    def arriving_together(self) -> Iterator[None]:
        """Let what arrives in the block be understood in batches, as a worker does."""
        self._batch = []
        try:
            yield
            waiting = self._batch
        finally:
            self._batch = None
        for account in dict.fromkeys(account for account, _, _ in waiting):
            mine = [(item, letter) for owner, item, letter in waiting if owner == account]
            for begin in range(0, len(mine), intake.BATCH):
                self._take_in(account, mine[begin : begin + intake.BATCH])

    def bring(self, account: int, item: RawItem, letter: Letter) -> None:
        """Let something arrive at an account."""
        if self._batch is not None:
            self._batch.append((account, item, letter))
        else:
            self._take_in(account, [(item, letter)])

    def remember(self, number: int | None, letter: Letter) -> None:
        """Know a ticket by its number, and what its customer has in hand."""
        if number is None:
            return
        if number not in self.letters:
            self.tickets.append(number)
            if len(self.tickets) > KNOWN_TICKETS:
                self._forget(self.tickets.pop(0))
        self.letters[number] = letter

    def _forget(self, number: int) -> None:
        self.left_alone.append(number)
        self.letters.pop(number, None)
        for known in (self.callbacks, self.visits):
            if number in known:
                known.remove(number)
        del self.sent[:-KNOWN_TICKETS]

    def _take_in(self, account: int, letters: list[tuple[RawItem, Letter]]) -> None:
        safe = intake.safe(current_storage(), [item for item, _ in letters])
        with transaction() as session:
            ids = intake.store(session, account, safe, now=self.now)
        outcomes = {row.inbound_id: row for row in intake.process(ids, now=self.now)}
        for row_id, (_, letter) in zip(ids, letters, strict=True):
            if row_id in outcomes and letter.sender:
                self.remember(outcomes[row_id].ticket, letter)

    def _people(self) -> None:
        now, session = self.now, self.session
        self.agents = [
            agent(session, now, "chen@miec.example.cn", name="陈静"),
            agent(session, now, "wu@miec.example.cn", name="吴昊"),
            agent(session, now, "boss@miec.example.cn", role="manager", name="张主任"),
        ]
        self.contacts = [
            contact(session, now, f"wang@{code.lower()}.example.cn", code, name=f"王芳{code}")
            for code in REGIONS
        ]
        with transaction():
            for code, region in REGIONS.items():
                session.query(Center).filter_by(code=code).one().region = region
            chen = session.get_one(Agent, self.agents[0].agent_id)
            chen.quiet = True
            session.add_all([Group(name="二线", agents=[chen]), Group(name="考务组")])

    def _accounts(self) -> None:
        self.mailbox = mailbox(self.session, now=self.now)
        with transaction() as session:
            self.hotline = call_sources.source_named(session, None, now=self.now).id
            settings = {"network": "weibo", "uid": WEIBO_UID, "drop_folder": "outgoing"}
            weibo = ChannelAccount(
                channel="microblog",
                name="weibo",
                address="@认证办",
                settings=settings,
                created_at=self.now,
            )
            session.add(weibo)
            session.flush()
            self.weibo = weibo.id

    def _calendars(self) -> None:
        """Add a calendar that is always open, for a region, and one in another zone."""
        with transaction() as session:
            self.default_calendar = calendars.default_calendar(session).id
            always = ServiceCalendar(name="全天", tz="Asia/Shanghai", makeup_days_open=False)
            always.hours = [CalendarHours(weekday=day, opens=0, closes=1440) for day in range(7)]
            always.regions = ["北京"]
            west = ServiceCalendar(name="柏林", tz="Europe/Berlin", makeup_days_open=False)
            west.hours = [CalendarHours(weekday=day, opens=120, closes=1380) for day in range(6)]
            session.add_all([always, west])
            session.flush()
            for calendar in (always, west):
                calendars.save_version(session, calendar, now=self.now - timedelta(days=1))
            self.calendars = [self.default_calendar, always.id, west.id]
