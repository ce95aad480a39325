"""Acts performed through the desk's own services, so that its history is a real one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from channels.email.compose import Mailbox
from channels.message import RawItem
from channels.web import form_item
from helpdesk.demo import files, mails, posts
from helpdesk.demo.cast import Cast
from helpdesk.demo.script import Act, Case, opinion_of
from helpdesk.extensions import reading, transaction
from helpdesk.models import Agent, Group, Message, Ticket
from helpdesk.runtime import current_config, current_storage
from helpdesk.services.access import SYSTEM
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import channel_accounts
from helpdesk.services.desk import entries, ratings, replies, tickets
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.identity import people, requesters
from helpdesk.services.microblog import microblog_replies
from helpdesk.services.promises import enforcement
from helpdesk.services.sending import delivery

WORKER = "demo"
TYPED_IN = timedelta(minutes=8)
"""How long after a call or visit an agent has entered it."""


class Player:
    """Performs acts one after another; between them, clocks and outbox run as ever."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.senders = channel_accounts.Senders()
        self._received = 0
        self._verbs = {
            "ask": self._ask,
            "triage": self._triage,
            "reply": self._reply,
            "answer": self._answer,
            "note": self._note,
            "settle": self._settle,
            "close": self._settle,
            "rate": self._rate,
            "bounce": self._bounce,
            "away": self._away,
            "unreadable": self._unreadable,
        }

    def perform(self, act: Act) -> None:
        """Do what an act says, at its time."""
        self._verbs[act.what](act)

    def pass_time(self, until: datetime) -> None:
        """Record each warning and breach when it is due, and send what waits to be sent."""
        self._deliver(until)
        while True:
            with reading() as session:
                due = enforcement.next_due(session)
            if due is None or due > until:
                return
            enforcement.enforce_due(due)
            self._deliver(due)

    def close(self) -> None:
        """Close what was opened."""
        self.senders.close()

    def _deliver(self, now: datetime) -> None:
        while delivery.deliver_due(self.senders, worker=WORKER, now=now):
            pass

    def _ask(self, act: Act) -> None:
        case = act.case
        case.history = case.fill(case.story.text)
        if case.story.channel == "email":
            outcome = self._mail_in(act, case.fill(case.story.subject), case.history)
        elif case.story.channel == "web":
            outcome = self._form_in(act, case.fill(case.story.subject), case.history)
        elif posts.is_on_weibo(case):
            outcome = intake.submit(
                self.cast.weibo_id, posts.item(case, case.history, at=act.at), now=act.at
            )
        else:
            case.ticket = self._entered(act)
            return
        case.ticket = outcome.ticket

    def _answer(self, act: Act) -> None:
        case = act.case
        assert act.turn is not None
        if case.story.channel == "web":
            self._form_in(act, "", act.turn.text)
        elif posts.is_on_weibo(case):
            item = posts.item(case, act.turn.text, at=act.at, again=True)
            intake.submit(self.cast.weibo_id, item, now=act.at)
        elif case.asker.handle.kind == "email":
            self._mail_in(act, f"回复：{case.fill(case.story.subject)}", act.turn.text)

    def _mail_in(self, act: Act, subject: str, text: str) -> intake.Outcome:
        case, turn = act.case, act.turn
        if turn is not None or case.story.quoting:
            text = mails.quoted(
                text,
                sender=f"{current_config().office_name} <{self.cast.mailbox}>",
                at=(act.at - timedelta(hours=2)).astimezone(current_config().zone),
                to=case.asker.handle.value,
                subject=case.fill(case.story.subject),
                history=case.history,
            )
        raw = mails.written(
            _mailbox(case),
            self.cast.mailbox,
            at=act.at.astimezone(current_config().zone),
            subject=subject,
            text=text,
            key=f"{case.key} {act.at.isoformat()}",
            answers=case.message_id,
            html=case.story.html and turn is None,
            files=tuple(map(files.attachment, turn.files if turn else case.story.files)),
        )
        return self._submit_mail(raw, act.at)

    def _form_in(self, act: Act, subject: str, text: str) -> intake.Outcome:
        case, turn = act.case, act.turn
        item = form_item(
            submission=f"demo-{case.key}-{act.at:%Y%m%d%H%M%S}",
            now=act.at,
            author=case.asker.handle,
            subject=subject,
            text=text,
            attachments=map(files.attachment, turn.files if turn else case.story.files),
            ticket=case.ticket,
            topic=case.story.topic if turn is None else None,
            request_type=(case.story.type or "consultation") if turn is None else None,
        )
        return intake.submit(self.cast.website_id, item, now=act.at)

    def _entered(self, act: Act) -> int:
        """An agent types in a call, a visit or a post; its clock starts when it happened."""
        case, story, helper = act.case, act.case.story, act.case.helper.viewer
        with transaction() as session:
            handle = case.asker.handle_on(story.channel)
            person = people.person_for(session, handle, now=act.at)
            entry = entries.Entry(
                submission=f"demo {case.key} {act.at.isoformat()}",
                channel=story.channel,
                asker=requesters.Asker(person_id=person.id),
                happened_at=act.at - TYPED_IN,
                subject=case.fill(story.subject),
                text=case.history,
                topic=story.topic,
                request_type=story.type or "consultation",
                priority=story.priority,
                assignee=str(helper.agent_id) if story.answered else "",
                answered=story.answered,
                answer=act.turn.text if act.turn else "",
                status=act.status or "open",
            )
            return entries.enter(session, helper, entry, now=act.at)

    def _triage(self, act: Act) -> None:
        story, helper = act.case.story, act.case.helper
        with transaction() as session:
            ticket = _ticket(session, act.case)
            by = helper.viewer.actor
            agent = session.get_one(Agent, helper.viewer.agent_id)
            tickets.assign(session, ticket, agent, now=act.at, by=by)
            for name, value in (
                ("topic", story.topic),
                ("request_type", story.type or "consultation"),
                ("priority", story.priority),
            ):
                if value is not None:
                    tickets.set_property(session, ticket, name, value, now=act.at, by=by)
            if story.topic == "certification_exam":
                exams = session.get_one(Group, self.cast.groups["考务组"])
                tickets.move_to_group(session, ticket, exams, now=act.at, by=by)

    def _reply(self, act: Act) -> None:
        assert act.turn is not None
        stored = _stored(act.turn.files)
        viewer, text = act.case.helper.viewer, act.turn.text
        reply: Callable[..., Message] = partial(replies.reply, files=stored)
        if posts.is_on_weibo(act.case):
            reply = partial(microblog_replies.reply, via="public")
        with transaction() as session:
            ticket = _ticket(session, act.case)
            message = reply(session, ticket, viewer, text, status=act.status, now=act.at)
            act.case.message_id = message.identity
            act.case.history = act.turn.text

    def _note(self, act: Act) -> None:
        assert act.turn is not None
        with transaction() as session:
            ticket = _ticket(session, act.case)
            replies.note(session, ticket, act.case.helper.viewer, act.turn.text, now=act.at)

    def _settle(self, act: Act) -> None:
        assert act.status is not None
        with transaction() as session:
            ticket = _ticket(session, act.case)
            if act.what == "close" and ticket.status != "resolved":
                return
            by = SYSTEM if act.what == "close" else act.case.helper.viewer.actor
            tickets.set_status(session, ticket, act.status, now=act.at, by=by)

    def _rate(self, act: Act) -> None:
        score, comment = opinion_of(act.case)
        with transaction() as session:
            ticket = _ticket(session, act.case)
            if ratings.is_open(ticket, now=act.at):
                ratings.rate(session, ticket, score, comment, now=act.at)

    def _bounce(self, act: Act) -> None:
        assert act.case.message_id is not None
        to = act.case.asker.handle.value
        self._submit_mail(
            mails.bounced(act.case.message_id, to, self.cast.mailbox, at=act.at), act.at
        )

    def _away(self, act: Act) -> None:
        self._submit_mail(mails.away(_mailbox(act.case), self.cast.mailbox, at=act.at), act.at)

    def _unreadable(self, act: Act) -> None:
        raw = mails.unreadable(_mailbox(act.case), self.cast.mailbox, at=act.at)
        self._submit_mail(raw, act.at)

    def _submit_mail(self, raw: bytes, at: datetime) -> intake.Outcome:
        self._received += 1
        item = RawItem(f"demo:{self._received}", raw, at)
        return intake.submit(self.cast.mailbox_id, item, now=at)


def _mailbox(case: Case) -> Mailbox:
    return Mailbox(case.asker.handle.value, case.asker.name)


def _ticket(session: Session, case: Case) -> Ticket:
    return session.get_one(Ticket, case.ticket)


def _stored(names: tuple[str, ...]) -> list[StoredFile]:
    made = [files.attachment(name) for name in names]
    for file in made:
        current_storage().put(file.data)
    return [StoredFile.of(file) for file in made]
