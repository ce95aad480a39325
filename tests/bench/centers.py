"""Records and the board of very many centers with twenty years behind them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from helpdesk.extensions import db
from helpdesk.models import (
    Agreement,
    AnnualReview,
    Call,
    Center,
    CenterEvent,
    ChannelAccount,
    Document,
    Lecturer,
    Login,
    Person,
    Qualification,
    Remittance,
    Teacher,
    Ticket,
    Visit,
)
from helpdesk.services.certification import qualification
from helpdesk.services.certification.center_reminders import WAITING
from tests.bench import desks, tickets
from tests.bench.report import Figure, timed

CENTERS, YEARS = 5_000, 20
TICKETS, THEIRS = 10_000, 4_000
"""All the desk's tickets, and those of the center that is looked at."""
RECORD_MS, BOARD_MS = 50, 100
ALL_CALLS, ALL_VISITS = 2_000, 200
BLOCK = 250
LOOKED_AT = 1
STEPS = ("life.pass_annual_review", "fees.reported", "agreement.drafted", "document.added")
PARTS = (
    "overview",
    "facts",
    "people",
    "teaching",
    "assessment",
    "agreements",
    "reviews",
    "fees",
    "documents",
    "requests",
    "tickets",
    "calls",
    "visits",
    "history",
)
Row = dict[str, Any]


def measure(kind: str) -> Iterator[Figure]:
    """Measure every part of one record, the board, the list and the portal."""
    with desks.desk(kind) as app:
        with app.app_context():
            tickets.add_cast()
            desks.add_people()
            tickets.grow(1, TICKETS)
            _grow()
            tickets.settle()
        manager = desks.signed_in(app, desks.MANAGER)
        for part in PARTS:
            path = f"/centers/{desks.CENTER}" + ("" if part == "overview" else f"/{part}")
            yield from _page(manager, kind, f"record: {part}", path, RECORD_MS)
        middle = f"/centers/{desks.CENTER}/history?before={YEARS * len(STEPS) // 2}"
        yield from _page(manager, kind, "record: history, half way down", middle, RECORD_MS)
        yield from _page(manager, kind, "board", "/centers/board", BOARD_MS)
        for what, query in (
            ("list", ""),
            ("list, searched", "?q=第4999"),
            ("list, by state and region", "?state=authorized&region=四川"),
            ("list, half way down", f"?after={_code(CENTERS // 2)}"),
        ):
            yield from _page(manager, kind, what, f"/centers{query}", BOARD_MS)
        contact = desks.signed_in(app, desks.CONTACT)
        for part in ("record", "people", "fees", "requests"):
            yield from _page(contact, kind, f"portal: {part}", f"/portal/{part}", RECORD_MS)


def _grow() -> None:
    """Give each center its years, and one of them a long correspondence."""
    maker = _Maker()
    with db.engine.begin() as connection:
        connection.execute(
            insert(Center), [maker.center(n) for n in range(tickets.CENTERS + 1, CENTERS + 1)]
        )
        for n in range(1, tickets.CENTERS + 1):
            known = {k: v for k, v in maker.center(n).items() if k not in ("id", "code", "name")}
            connection.execute(update(Center).where(Center.id == n).values(**known))
    for start in range(1, CENTERS + 1, BLOCK):
        numbers = range(start, min(start + BLOCK, CENTERS + 1))
        with db.engine.begin() as connection:
            for model, rows in maker.years(numbers).items():
                connection.execute(insert(model), rows)
    with db.engine.begin() as connection:
        contact = connection.scalar(select(Login.person_id).where(Login.email == desks.CONTACT))
        connection.execute(update(Person).where(Person.id == contact).values(lead=True))
        connection.execute(update(Ticket).where(Ticket.id <= THEIRS).values(center_id=LOOKED_AT))
        account = connection.scalar(select(ChannelAccount.id))
        connection.execute(
            insert(Call), [maker.call(n, account, contact) for n in range(1, ALL_CALLS + 1)]
        )
        connection.execute(insert(Visit), [maker.visit(n) for n in range(1, ALL_VISITS + 1)])


class _Maker:
    """Makes the rows of a center from its number, the same for the same number."""

    def __init__(self) -> None:
        self.now = desks.now()
        self.today = self.now.date()
        self.chance = random.Random(CENTERS)

    def center(self, number: int) -> Row:
        """Return a center: three in four serve, the others wait in every stage or are gone."""
        stages = ("authorized", *WAITING, "exited", "rejected")
        serving = number == LOOKED_AT or number % 4
        state = "authorized" if serving else stages[number // 4 % len(stages)]
        return {
            "id": number,
            "code": _code(number),
            "name": f"第{number}职业学院认证中心",
            "region": ("四川", "广东", "江苏", "湖北")[number % 4],
            "city": "成都",
            "state": state,
            "state_since": self.now - timedelta(days=number % 200),
            "exit_by": "breach" if state.startswith("exit") else None,
            "version": 1,
            "phone": "028-85551234",
            "profile": {"staff": 60, "computers": 96, "philosophy": "学以致用。" * 40},
            "plaque_no": f"TP-{number}",
            "certificate_no": f"SQ-{number}",
            "granted_on": self._ago(YEARS),
            "agreement_to": self.today + timedelta(days=number % 360),
            "review_due_on": self.today + timedelta(days=number % 360),
            "created_at": self.now - timedelta(days=365 * YEARS),
        }

    def years(self, numbers: range) -> dict[Any, list[Row]]:
        """Return what the years have left of these centers, by its table."""
        rows: dict[Any, list[Row]] = {
            model: []
            for model in (
                Person, Teacher, Lecturer, Qualification,
                Agreement, AnnualReview, Remittance, Document, CenterEvent,
            )
        }  # fmt: skip
        for number in numbers:
            self._people(rows, number)
            for years_ago in range(YEARS, 0, -1):
                self._year(rows, number, years_ago)
        return rows

    def call(self, number: int, account: int | None, person: int | None) -> Row:
        """Return a call of the center that is looked at, one every three days."""
        return {
            "account_id": account,
            "external_id": f"call {number}",
            "direction": "inbound",
            "caller": "13800138000",
            "number": "13800138000",
            "arrived_at": self.now - timedelta(days=3 * number),
            "outcome": "answered",
            "in_hours": True,
            "lines": [],
            "person_id": person,
        }

    def visit(self, number: int) -> Row:
        """Return a visit to the center that is looked at, one every five weeks."""
        at = self.now - timedelta(days=35 * number)
        return {
            "ticket_id": number,
            "center_id": LOOKED_AT,
            "state": "done",
            "turn": None,
            "place": "成都",
            "purpose": "上门指导",
            "starts_at": at,
            "ends_at": at + timedelta(hours=2),
            "done_text": "检查了考场。",
            "created_at": at - timedelta(days=5),
            "updated_at": at,
        }

    def _people(self, rows: dict[Any, list[Row]], number: int) -> None:
        created = {"center_id": number, "created_at": self.now}
        rows[Person] += [{**created, "name": f"联系人{n}"} for n in range(5)]
        rows[Teacher] += [
            {"center_id": number, "position": n, "name": f"教师{n}", "course": "安卓开发"}
            for n in range(12)
        ]
        rows[Lecturer] += [
            {**created, "name": f"讲师{n}", "certificate_no": f"GJ-{number}-{n}"} for n in range(4)
        ]
        rows[Qualification] += [
            {"center_id": number, "criterion": name, "judged": True, "confirmed": True}
            for name in (*qualification.BASIC, *qualification.PREFERRED)
        ]

    def _year(self, rows: dict[Any, list[Row]], number: int, years_ago: int) -> None:
        begins, ends = self._ago(years_ago), self._ago(years_ago - 1)
        at = self.now - timedelta(days=365 * years_ago)
        by = {"center_id": number, "by": "李晓红", "created_at": at}
        rows[Agreement].append(
            {
                **by,
                "number": f"MIEC-{begins.year}-{number}",
                "region": "四川",
                "valid_from": begins,
                "valid_to": ends,
                "signed_on": begins,
                "office_representative": "李晓红",
                "center_representative": "王芳",
                "taken_up": True,
            }
        )
        rows[AnnualReview].append(
            {
                **by,
                "year": begins.year,
                "due_on": ends,
                "task": "培训学员 120 人",
                "target": 120,
                "done": 136,
                "findings": "任务完成，质量良好。" * 10,
                "outcome": "passed" if years_ago > 1 else None,
            }
        )
        for exam in range(4):
            on = begins + timedelta(days=90 * exam + 30)
            late = years_ago == 1 and exam == 3 and self.chance.random() < 0.05
            rows[Remittance].append(
                {
                    **by,
                    "exam_on": on,
                    "intermediate": 40,
                    "senior": 10,
                    "remitted_on": None if late else on - timedelta(days=5),
                    "remitted": 0 if late else 24_000,
                    "confirmed_on": None if late else on,
                }
            )
        for paper in ("agreement", "review"):
            rows[Document].append(
                {
                    **by,
                    "kind": paper,
                    "name": f"{paper}.pdf",
                    "content_type": "application/pdf",
                    "size": 200_000,
                    "sha256": "0" * 64,
                }
            )
        rows[CenterEvent] += [
            {
                "center_id": number,
                "kind": kind,
                "at": at,
                "recorded_at": at,
                "by": "李晓红",
                "data": {"to": "authorized", "year": begins.year, "name": "agreement.pdf"},
            }
            for kind in STEPS
        ]

    def _ago(self, years: int) -> date:
        return self.today - timedelta(days=365 * years)


def _code(number: int) -> str:
    return f"C{number - 1:03}"


def _page(client: FlaskClient, kind: str, what: str, path: str, at_most: float) -> Iterator[Figure]:
    def get() -> None:
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status}")

    middle, slow = timed(get)
    size = f"{CENTERS:,} centers"
    yield Figure("centers", kind, f"{what}, {size}", middle, "ms p50", at_most=at_most)
    yield Figure("centers", kind, f"{what}, {size}", slow, "ms p95")
