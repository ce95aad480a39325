"""An application as somebody fills it in."""

from __future__ import annotations

from datetime import date
from io import BytesIO

from PIL import Image

from channels.message import Attachment
from helpdesk.extensions import transaction
from helpdesk.models import Application
from helpdesk.services.certification import application_form, application_papers, applications
from helpdesk.web import uploads

TODAY = date(2026, 11, 23)
EMAIL = "zhou@newcollege.test"
NUMBER = "11010519491231002X"
OTHER_NUMBER = "34052419800101001X"
TYPED: dict[str, dict[str, str]] = {
    "person": {
        "person_name": "周敏",
        "person_sex": "female",
        "person_id": NUMBER,
        "person_organisation": "新星学院",
        "person_position": "主任",
        "person_phone": "138 0013 8000",
        "person_email": "Zhou@NewCollege.test",
        "person_address": "成都市武侯区 3 号",
        "person_postcode": "610041",
    },
    "organisation": {
        "name": "新星学院",
        "name_en": "Nova College",
        "institution_type": "college",
        "credit_code": "91110000600037341L",
        "region": "四川",
        "city": "成都",
        "phone": "028-85551234",
        "postcode": "610041",
        "address": "成都市武侯区 3 号",
        "legal_representative": "李国强",
        "legal_phone": "13900139000",
        "head_name": "王芳",
        "head_position": "院长",
        "head_phone": "13700137000",
        "head_email": "wang@newcollege.test",
        "head_id": OTHER_NUMBER,
        "head_address": "成都市武侯区 3 号",
    },
    "facilities": {
        "rooms": "4",
        "seats": "200",
        "computers": "96",
        "cameras": "2",
        "whiteboards": "4",
        "printers": "3",
        "scanners": "1",
        "desk_sets": "100",
        "own_space": "420",
        "lan": "yes",
        "internet": "yes",
        "incubation_base": "no",
    },
    "teachers": {
        "staff": "60",
        "teachers_full_time": "6",
        "teachers_part_time": "3",
        "department": "计算机系",
        "mobile_courses": "open",
        "major": "next_term",
        "major_teachers": "2",
        "responsible_teachers": "2",
        "teachers.0.name": "张强",
        "teachers.0.course": "Android 开发",
        "teachers.0.years": "8",
        "teachers.2.name": "刘洋",
        "teachers.2.course": "iOS 开发",
    },
    "business": {
        "business_name": "移动互联网培训",
        "training_since": "2008-09-01",
        "yearly_income": "1,200,000",
        "business_kind": "职业培训",
        "philosophy": "学以致用。",
        "goals": "扩大就业。",
        "quality": "督导听课。",
        "clients.0.name": "成都软件园",
    },
}


def picture() -> bytes:
    """Return a photograph, with where it was taken."""
    out = BytesIO()
    image = Image.new("RGB", (64, 48), "navy")
    exif = Image.Exif()
    exif[0x010E] = "GPS 30.67 104.06"
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def begun(session, now, email=EMAIL) -> int:
    session.rollback()
    with transaction():
        application = applications.begin(session, email, locale="zh", now=now)
        session.flush()
        return application.id


def save(session, number: int, part: str, typed: dict[str, str], now):
    """Save a part as its form does; return what is wrong with it."""
    session.rollback()
    with transaction():
        application = session.get_one(Application, number)
        wanted = application_form.part_named(part)
        assert wanted is not None
        return applications.save(session, application, wanted, typed, now=now, today=TODAY).errors


def upload(session, number: int, kind: str, data: bytes, *, now, name="a.jpg") -> None:
    session.rollback()
    with transaction():
        application = session.get_one(Application, number)
        files = next(f for part in application_form.PARTS for f in part.files if f.kind == kind)
        sent = [Attachment(name, "application/octet-stream", data)]
        papers = uploads.stored(application_papers.checked(files, sent))
        application_papers.add(session, application, files, papers, now=now)


def filled_in(session, now, email=EMAIL) -> int:
    """Return an application that lacks nothing but its sending."""
    number = begun(session, now, email)
    for part, typed in TYPED.items():
        assert save(session, number, part, typed, now) == {}
    upload(session, number, "licence", b"%PDF-1.7 licence", now=now, name="licence.pdf")
    upload(session, number, "photograph", picture(), now=now)
    with transaction():
        session.get_one(Application, number).confirmed_at = now
    return number


def submitted(session, now, email=EMAIL) -> int:
    """Send a filled-in application and return its id."""
    number = filled_in(session, now, email)
    with transaction():
        applications.submit(session, session.get_one(Application, number), now=now)
    session.rollback()
    return number
