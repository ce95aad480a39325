"""What customers do: they ask on every channel, write again, call, and are not at home."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from channels.message import Handle, RawItem
from channels.microblog.posts import packed
from channels.web import form_item
from helpdesk.demo import mails
from helpdesk.errors import Refusal
from helpdesk.models import Ticket
from helpdesk.services.arrivals import web_forms
from helpdesk.services.hotline import call_import
from helpdesk.services.onsite import visit_requests
from tests.life.world import WEIBO_UID, Letter, World
from tests.servers.microblog import weibo_time
from tests.services.mails import DESK, mail
from tests.services.onsite.visiting import question

TEXTS = ("请问如何报名？", "教材还没有收到。", "谢谢！", "考试什么时候开始？", "投影设备坏了。")
DELAYS = (0, 1, 60, 3600, 30 * 3600)
"""Seconds that a mail was on its way."""


def mails_in(world: World, chance: Random) -> None:
    """Somebody writes a mail about something new."""
    sender = f"p{chance.randrange(400)}@college{chance.randrange(40)}.example.cn"
    identity = f"<m{world.serial()}@college.example.cn>"
    _mail(world, chance, sender, identity, subject=f"咨询 {world.serial()}")


def mails_again(world: World, chance: Random) -> None:
    """Somebody answers on a ticket by mail, or writes once more."""
    letter = world.writer(chance)
    identity = f"<m{world.serial()}@college.example.cn>"
    _mail(world, chance, letter.sender, identity, In_Reply_To=letter.message_id or "")


def is_away(world: World, chance: Random) -> None:
    """A machine answers for somebody: it asks nothing."""
    letter = world.writer(chance)
    _mail(
        world,
        chance,
        letter.sender,
        f"<m{world.serial()}@college.example.cn>",
        In_Reply_To=letter.message_id or "",
        Auto_Submitted="auto-replied",
    )


def sends_back(world: World, chance: Random) -> None:
    """A mail server returns a reply: nobody there."""
    if not world.sent:
        raise Refusal("nothing_sent", "Nothing was sent yet.")
    sent = world.sent.pop(chance.randrange(len(world.sent)))
    raw = mails.bounced(sent.identity, sent.recipient, DESK, at=world.now)
    world.bring(world.mailbox, _raw(world, raw), Letter(""))


def fills_the_form(world: World, chance: Random) -> None:
    """Somebody asks on the website, or answers there on a ticket."""
    viewer = chance.choice(world.contacts)
    handle = web_forms.contact_handle(viewer)
    mine = [n for n in world.tickets[-50:] if world.letters[n].sender == viewer.email]
    ticket = chance.choice(mine) if mine and chance.random() < 0.6 else None
    item = form_item(
        submission=f"life{world.serial()}",
        now=world.now,
        author=handle,
        subject="" if ticket else "网站上的问题",
        text=chance.choice(TEXTS),
        ticket=ticket,
        topic=chance.choice((None, "certification_exam", "venue_decoration")),
    )
    world.bring(_web(world), item, Letter(viewer.email))


def posts(world: World, chance: Random) -> None:
    """Somebody names the office on Weibo, or comments under what they wrote."""
    known = [post for n in world.tickets[-50:] if (post := world.letters[n].post)]
    first = chance.choice(known) if known and chance.random() < 0.5 else None
    who = first["user"]["id"] if first else 7_000_000 + chance.randrange(500)
    number = 5_200_000_000_000_000 + world.serial()
    post = {
        "id": number,
        "idstr": str(number),
        "created_at": weibo_time(world.now),
        "text": chance.choice(TEXTS),
        "user": {"id": who, "idstr": str(who), "screen_name": f"微博{who}"},
    }
    kind = "comment" if first else "mention"
    told = {**post, "status": first} if first else post
    item = RawItem(f"{kind}:{number}", packed("weibo", kind, WEIBO_UID, told), world.now)
    world.bring(world.weibo, item, Letter(f"weibo{who}", post=first or post))


def misses_us(world: World, chance: Random) -> None:
    """Somebody calls and hangs up before anybody answers."""
    number = f"139{chance.randrange(200):08}"
    begun = int(world.now.timestamp()) - chance.choice((5, 60, 3600))
    call = f"{begun}.{world.serial()}"
    lines = [
        f"{begun}|{call}|600|NONE|ENTERQUEUE||{number}|1",
        f"{begun + 4}|{call}|600|NONE|ABANDON|1|1|4",
    ]
    call_import.import_log(world.hotline, "queue_log", lines, now=world.now)
    row = world.session.query(Ticket.id).order_by(Ticket.id.desc()).first()
    world.session.rollback()
    if row is not None and row.id not in world.letters:
        world.remember(row.id, Letter(number, number=number))
        world.callbacks.append(row.id)


def wishes_a_visit(world: World, chance: Random) -> None:
    """A center asks somebody to come."""
    viewer = chance.choice(world.contacts)
    wish = question(submission=f"visit{world.serial():027}"[:32])
    number = visit_requests.ask(Handle("email", viewer.email, viewer.name), wish, now=world.now)
    world.remember(number, Letter(viewer.email))
    world.visits.append(number)


ASKING = (mails_in, fills_the_form, posts, misses_us, wishes_a_visit)
"""What may open a ticket."""
GOING_ON = (mails_again, is_away, sends_back)
ACTS = (*ASKING, *GOING_ON)


def _mail(
    world: World, chance: Random, sender: str, identity: str, subject: str = "回复", **fields: str
) -> None:
    sent = world.now - timedelta(seconds=chance.choice(DELAYS))
    raw = mail(
        subject, chance.choice(TEXTS), sender=sender, message_id=identity, date=sent, **fields
    )
    world.bring(world.mailbox, _raw(world, raw), Letter(sender, message_id=identity))


def _raw(world: World, raw: bytes) -> RawItem:
    return RawItem(f"life:{world.serial()}", raw, world.now)


def _web(world: World) -> int:
    account = web_forms._account(world.session, "web")
    world.session.rollback()
    return account
