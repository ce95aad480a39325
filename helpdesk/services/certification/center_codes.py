"""Codes of centers: each names one center, and its pages stand at it."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Conflict, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center

RESERVED = ("board", "new", "notices", "import", "export")
"""Pages stand at these addresses below ``/centers``."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


def check(code: str) -> str:
    """Return a code that may name a center; raise Refusal for any other."""
    if not _CODE.fullmatch(code) or code.lower() in RESERVED:
        raise Refusal(
            "bad_code",
            _("A code is letters, digits, dots and dashes, such as CD017."),
            field="code",
        )
    return code


def check_free(session: Session, center: Center, code: str) -> None:
    """Raise Conflict where a code is another center's."""
    if session.scalar(select(Center.id).where(Center.code == code, Center.id != (center.id or 0))):
        raise Conflict("code_taken", _("Another center has this code."), field="code")
