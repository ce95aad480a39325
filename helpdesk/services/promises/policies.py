"""Which promises hold for a ticket, who changed them, and why one holds and not another.

The first policy by position whose conditions match counts, else the default one. Saving a
policy keeps a version; a target names the version that it was judged by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Agent, Group, PolicyRecord, PolicyVersion
from helpdesk.models.ticket import PRIORITIES
from helpdesk.services.hours import calendar_list
from helpdesk.services.promises.rules import as_value, facts
from sla.escalation import WATCHERS, Action, Doing
from sla.metrics import FIRST_REPLY
from sla.policy import (
    InvalidPolicy,
    Policy,
    PolicyLoop,
    Promise,
    Verdict,
    check_policies,
    explain,
)

__all__ = [
    "Draft",
    "as_value",
    "default",
    "facts",
    "listing",
    "make_default",
    "move",
    "named_now",
    "rename_agent",
    "rename_group",
    "retire",
    "save",
    "verdicts",
]

NAME_LENGTH = 100
DEFAULT_PROMISES = (
    # 1个工作日内首次回复
    Promise(metric=FIRST_REPLY, workdays=1, warn_percent=(50, 80)),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants a policy to be; ``calendar_id`` None is the ticket's own calendar."""

    name: str
    conditions: Mapping[str, tuple[str, ...]]
    promises: tuple[Promise, ...]
    calendar_id: int | None = None


def make_default(session: Session, *, now: datetime, by: str = "desk") -> PolicyRecord:
    """Make the policy of the service rules: a first reply within one working day."""
    draft = Draft("default", {}, DEFAULT_PROMISES)
    return save(session, None, draft, is_default=True, by=by, now=now)


def default(session: Session) -> PolicyRecord:
    """Return the policy that covers every ticket which no other one does."""
    return session.scalars(select(PolicyRecord).where(PolicyRecord.is_default)).one()


def listing(session: Session) -> Sequence[PolicyRecord]:
    """Return the policies in force in the order in which they are asked, the default last."""
    return session.scalars(
        select(PolicyRecord)
        .where(PolicyRecord.retired.is_(False))
        .order_by(PolicyRecord.is_default, PolicyRecord.position, PolicyRecord.id)
    ).all()


def save(
    session: Session,
    record: PolicyRecord | None,
    draft: Draft,
    *,
    by: str,
    now: datetime,
    is_default: bool = False,
) -> PolicyRecord:
    """Save a policy, a new one last before the default; raise Refusal and save nothing at all.

    Tickets keep what they were promised until something about them changes.
    """
    others = [row for row in listing(session) if row is not record]
    name = _checked_name(draft, others)
    is_default = is_default or (record is not None and record.is_default)
    if not is_default and not draft.conditions:
        raise Refusal(
            "no_conditions",
            _("Say which tickets it is for: without a condition it would hold for none."),
            field="conditions",
        )
    position = max([0, *(row.position + 1 for row in others if not row.is_default)])
    wanted = Policy(
        id=record.id if record else 0,
        name=name,
        position=record.position if record else position,
        is_default=is_default,
        conditions=dict(draft.conditions),
        promises=draft.promises,
    )
    _check([*(as_value(row) for row in others), wanted])
    _check_actions(session, wanted)
    calendar_list.check_chosen(session, draft.calendar_id, field="calendar")
    if record is None:
        record = PolicyRecord(position=position, is_default=is_default)
        session.add(record)
    record.name = name
    record.conditions = {key: list(allowed) for key, allowed in draft.conditions.items()}
    record.promises = [promise.to_json() for promise in draft.promises]
    record.calendar_id = draft.calendar_id
    session.flush()
    _keep_version(session, record, by=by, now=now)
    return record


def move(session: Session, record: PolicyRecord, up: bool) -> None:
    """Let a policy be asked before or after its neighbour."""
    rows = [row for row in listing(session) if not row.is_default]
    if record not in rows:
        raise Refusal("fixed", _("The default policy is always asked last."))
    place = rows.index(record)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows):
        row.position = position
    session.flush()


def retire(session: Session, record: PolicyRecord) -> None:
    """Let a policy hold for no ticket any more; what it promised stays on record."""
    if record.is_default:
        raise Refusal("is_default", _("One policy must cover all the rest; keep the default."))
    record.retired = True
    record.name = f"{record.name[:80]} #{record.id}"
    session.flush()


def rename_group(session: Session, before: str, name: str, *, by: str, now: datetime) -> None:
    """Let policies that ask for a group, or move tickets to it, follow its new name."""
    _rename(session, ("group",), before, name, by=by, now=now)


def rename_agent(session: Session, before: str, email: str, *, by: str, now: datetime) -> None:
    """Let policies that tell an agent, or give tickets to them, follow their new address."""
    _rename(session, ("notify", "assign"), before, email, by=by, now=now)


def named_now(session: Session, policy_id: int | None, metric: str, action: Action) -> Action:
    """Return an action as its policy writes it now, after what it names was renamed.

    The action itself where the policy does no such thing at its point any more.
    """
    record = session.get(PolicyRecord, policy_id) if policy_id is not None else None
    promise = as_value(record).promise(metric) if record is not None else None
    alike = (action.when, action.do)
    found = [each for each in promise.actions if (each.when, each.do) == alike] if promise else []
    return found[0] if len(found) == 1 else action


def _rename(
    session: Session, doings: Sequence[Doing], before: str, name: str, *, by: str, now: datetime
) -> None:
    """Write another name where policies name something; each keeps a version that says so.

    Nothing else changes of a policy, so open tickets have nothing to follow.
    """
    session.execute(select(PolicyRecord.id).with_for_update())  # as whoever changes policies does
    records = select(PolicyRecord).execution_options(populate_existing=True)
    for record in session.scalars(records.order_by(PolicyRecord.id)).all():
        conditions = dict(record.conditions)
        if "group" in doings and before in conditions.get("group", ()):
            conditions["group"] = [name if each == before else each for each in conditions["group"]]
        promises = [
            {**promise, "actions": [_renamed(each, doings, before, name) for each in actions]}
            if (actions := promise.get("actions"))
            else promise
            for promise in record.promises
        ]
        if (conditions, promises) != (record.conditions, record.promises):
            record.conditions, record.promises = conditions, promises
            session.flush()
            _keep_version(session, record, by=by, now=now)


def _renamed(
    action: Mapping[str, str], doings: Sequence[Doing], before: str, name: str
) -> Mapping[str, str]:
    names_it = action["do"] in doings and action["to"] == before
    return {**action, "to": name} if names_it else action


def verdicts(session: Session, told: Mapping[str, str | None]) -> list[Verdict]:
    """Say of each policy whether it holds for a ticket with these facts, and why not."""
    return explain([as_value(row) for row in listing(session)], told)


def _checked_name(draft: Draft, others: Sequence[PolicyRecord]) -> str:
    name = draft.name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise Refusal("wrong_name", _("Give the policy a short name."), field="name")
    if any(row.name == name for row in others):
        raise Refusal("name_taken", _("Another policy has this name."), field="name")
    return name


def _keep_version(session: Session, record: PolicyRecord, *, by: str, now: datetime) -> None:
    last = session.scalar(
        select(PolicyVersion)
        .where(PolicyVersion.policy_id == record.id)
        .order_by(PolicyVersion.number.desc())
        .limit(1)
    )
    version = PolicyVersion(
        policy_id=record.id,
        number=last.number + 1 if last else 1,
        created_at=now,
        by=by[:200],
        name=record.name,
        position=record.position,
        conditions=record.conditions,
        promises=record.promises,
        calendar_id=record.calendar_id,
    )
    same = ("name", "conditions", "promises", "calendar_id")
    if last is None or any(getattr(last, key) != getattr(version, key) for key in same):
        session.add(version)
        session.flush()


def _check(policies: Sequence[Policy]) -> None:
    try:
        check_policies(policies)
    except PolicyLoop as error:
        raise Refusal(
            "policy_loop",
            _(
                "“%(policy)s” moves tickets to “%(group)s”, from where policies move them on "
                "until they come back there; let one of the moves go.",
                policy=error.policy,
                group=error.group,
            ),
            field="actions",
        ) from error
    except InvalidPolicy as error:
        raise Refusal("invalid_policy", str(error)) from error


def _check_actions(session: Session, policy: Policy) -> None:
    """Refuse actions that speak of a group, a priority or an agent that is not there."""
    actions = [action for promise in policy.promises for action in promise.actions]
    groups = set(session.scalars(select(Group.name)))
    agents = set(session.scalars(select(Agent.email).where(Agent.active)))
    for action in actions:
        if not _is_known(action, groups, agents):
            raise Refusal(
                "unknown_target",
                _("“%(name)s” is not there any more; choose again.", name=action.to),
                field="actions",
            )


def _is_known(action: Action, groups: set[str], agents: set[str]) -> bool:
    if action.do == "notify":
        return action.to in WATCHERS or action.to in agents
    if action.do == "group":
        return action.to in groups
    if action.do == "priority":
        return action.to in PRIORITIES
    return not action.to or action.to in agents
