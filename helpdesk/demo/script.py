"""The stories laid out in time: who does what at which instant, up to now."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from helpdesk.demo.cast import Asker, Cast, Helper
from helpdesk.demo.service_time import ServiceTime
from helpdesk.demo.stories import Story, Turn

PROMISED = 450
USUAL_FIRST_REPLY = 75
LONGEST_IN_TIME = 430
CLOSED_AFTER = 1350  # three working days without another word

RATED = 0.4
"""The share of settled matters that somebody rates."""
OPINIONS = (
    ("good", "回复很快，问题解决了，谢谢！"),
    ("good", ""),
    ("good", "说得清楚。"),
    ("good", ""),
    ("fair", "解决了，但来回问了两次。"),
    ("poor", "等得太久，答复也不完整。"),
)

What = Literal[
    "ask",
    "triage",
    "reply",
    "answer",
    "note",
    "settle",
    "close",
    "rate",
    "bounce",
    "away",
    "unreadable",
]


@dataclass(slots=True)
class Case:
    """One telling of a story; ``ticket`` and ``message_id`` are known once it is played."""

    key: str
    story: Story
    asker: Asker
    helper: Helper
    asked: datetime
    ticket: int | None = None
    message_id: str | None = None
    history: str = ""

    def fill(self, text: str) -> str:
        """Put the asker's center, city and month into a text."""
        return (
            text.replace("{center}", self.asker.center)
            .replace("{city}", self.asker.city)
            .replace("{month}", f"{self.asked.month}月")
        )


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens at an instant; ``status`` is set with a reply."""

    at: datetime
    what: What
    case: Case
    turn: Turn | None = None
    status: str | None = None


@dataclass(slots=True)
class Director:
    """Lays stories out; the same seed and the same moment give the same desk."""

    time: ServiceTime
    cast: Cast
    rng: random.Random = field(default_factory=lambda: random.Random(2012))  # noqa: S311

    def acts(self, stories: Iterable[Story]) -> list[Act]:
        """Return every act up to now, in the order of time."""
        tellings = [(story, name) for story in stories for name in story.by]
        acts = [act for case in self._cases(tellings) for act in self._told(case)]
        acts += self._incidents()
        return sorted((act for act in acts if act.at <= self.time.now), key=lambda act: act.at)

    def _cases(self, tellings: list[tuple[Story, str]]) -> Iterator[Case]:
        past = [telling for telling in tellings if telling[0].left is None]
        self.rng.shuffle(past)
        period = self.time.calendar.elapsed(self.time.month_before(), self.time.now)
        for index, (story, name) in enumerate(past):
            age = period * (1 - (index + self.rng.random()) / len(past))
            # what was answered late has to be old enough for that
            age = max(age, 2 * story.first) if story.first is not None else age
            yield self._case(story, name, self.time.ago(age))
        for story, name in tellings:
            if story.left is not None:
                yield self._case(story, name, self.time.ago(PROMISED - story.left))

    def _case(self, story: Story, name: str, asked: datetime) -> Case:
        if story.after_hours:
            asked = self.time.evening_of(asked, self.rng.uniform(40, 240)).replace(microsecond=0)
        here = [helper for helper in self.cast.helpers if not helper.away]
        able = [helper for helper in here if story.topic in helper.topics]
        key = f"{name} {story.subject}"
        return Case(key, story, self.cast.askers[name], self.rng.choice(able or here), asked)

    def _told(self, case: Case) -> Iterator[Act]:
        story = case.story
        turns = list(enumerate(story.turns))
        if story.answered:
            minutes, replied = 0.0, True
            yield Act(case.asked, "ask", case, story.turns[0], self._status(story, 0))
            del turns[0]
        else:
            minutes, replied = story.first or self._usual_first_reply(), False
            yield Act(case.asked, "ask", case)
            if story.untouched:
                return
            yield self._act(case, "triage", min(0.4 * minutes, 25))
        for index, turn in turns:
            if turn.kind == "note" and not replied:
                yield self._act(case, "note", 0.6 * minutes, turn)
                continue
            if replied:
                minutes += self.rng.uniform(30, 260)
            replied = replied or turn.kind == "reply"
            status = self._status(story, index) if turn.kind == "reply" else None
            yield self._act(case, turn.kind, minutes, turn, status)
        yield from self._ending(case, minutes)

    def _status(self, story: Story, index: int) -> str | None:
        """Return what the desk sets as it replies: it waits while something is to follow."""
        if index + 1 < len(story.turns):
            return "waiting"
        return "resolved" if story.end == "closed" else story.end

    def _ending(self, case: Case, minutes: float) -> Iterator[Act]:
        story = case.story
        if story.bounces:
            yield self._act(case, "bounce", minutes + 3)
        answered_last = bool(story.turns) and story.turns[-1].kind == "answer"
        if story.end and (answered_last or not story.turns):
            end = "resolved" if story.end == "closed" else story.end
            minutes += self.rng.uniform(10, 90)
            yield self._act(case, "settle", minutes, status=end)
        if story.end in ("resolved", "closed") and _is_rated(case):
            yield self._act(case, "rate", minutes + 45)
        if story.end == "closed":
            yield self._act(case, "close", minutes + CLOSED_AFTER, status="closed")

    def _act(
        self,
        case: Case,
        what: What,
        minutes: float,
        turn: Turn | None = None,
        status: str | None = None,
    ) -> Act:
        return Act(self.time.later(case.asked, minutes), what, case, turn, status)

    def _usual_first_reply(self) -> float:
        usual = self.rng.lognormvariate(math.log(USUAL_FIRST_REPLY), 0.9)
        return min(max(usual, 4.0), LONGEST_IN_TIME)

    def _incidents(self) -> Iterator[Act]:
        """Lay out what no story tells: a machine's answer and a mail that cannot be read."""
        for what, name, minutes in (("away", "胡斌", 1130.0), ("unreadable", "田野", 310.0)):
            asker = self.cast.askers[name]
            at = self.time.ago(minutes)
            case = Case(what, Story((name,), "email", "", ""), asker, self.cast.helpers[0], at)
            yield Act(at, what, case)  # type: ignore[arg-type]


def opinion_of(case: Case) -> tuple[str, str]:
    """Return what the requester thinks of the answer: the score, and what they write."""
    return random.Random(f"opinion of {case.key}").choice(OPINIONS)  # noqa: S311 - the same each time


def _is_rated(case: Case) -> bool:
    return random.Random(f"rated {case.key}").random() < RATED  # noqa: S311 - the same each time
