"""Numbers that forms ask for, in their one form or refused with what to write instead.

Pure: no database. Full-width characters and the blanks and dashes that people put between
groups mean nothing. A refusal never repeats what was typed, because refusals are shown,
kept with forms and sometimes logged; and of a wrong check digit it never names the right
one: the mistake may be in any place, and a number that was "put right" at its end would be
a valid number of somebody else.
"""

from __future__ import annotations

import re
import string
import unicodedata
from datetime import date

from channels.hotline.numbers import phone_number
from channels.identity import birth_date, check_fits, mask
from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _

_BETWEEN = re.compile(r"[\s.·‐-―−-]+")
# GB/T 2260: provinces; 71, 81, 82 and 83 stand for Taiwan, Hong Kong and Macao
_PROVINCES = frozenset(
    f"{region}{number}"
    for region, numbers in (
        ("1", "12345"),
        ("2", "123"),
        ("3", "1234567"),
        ("4", "123456"),
        ("5", "01234"),
        ("6", "12345"),
        ("7", "1"),
        ("8", "123"),
    )
    for number in numbers
)
_FOREIGN = "9"
"""Permanent residents from abroad: 9, then where the card was issued (cards since 2023)."""

# GB 32100-2015: I, O, S, V and Z are left out because they look like digits or each other
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_LEFT_OUT = frozenset("IOSVZ")
_LETTERS = frozenset(string.ascii_uppercase)


def id_number(text: str, *, today: date | None = None) -> str:
    """Return an identity number (GB 11643): 17 digits and a digit or ``X``. Raises Refusal.

    ``today`` is the last day that a birth date may be; without it that is left to whoever
    keeps the number (``sealed.seal``).
    """
    number = _plain(text)
    if not number:
        raise _no_id(_("Please write the ID number: 18 characters, as on the card."))
    if not set(number) <= frozenset(string.digits + "X") or "X" in number[:-1]:
        raise _no_id(_("An ID number is 17 digits and then a digit or the letter X."))
    if len(number) == 15:
        raise _no_id(
            _("ID numbers of 15 digits are no longer valid; write the 18 of the present card.")
        )
    if len(number) != 18:
        raise _no_id(
            _("An ID number has 18 characters; this has %(count)s.", count=str(len(number)))
        )
    if number[:2] not in _PROVINCES and number[0] != _FOREIGN:
        raise _no_id(_("An ID number begins with a province's code; compare it with the card."))
    born = birth_date(number)
    if born is None or (today is not None and born > today):
        raise _no_id(
            _("The 7th to 14th digit are the date of birth, and there is no such day of birth.")
        )
    if not check_fits(number):
        raise _no_id(
            _("One of the 18 characters is mistyped (the last proves the others); compare them.")
        )
    return number


def credit_code(text: str) -> str:
    """Return a unified social credit code (GB 32100): 18 characters. Raises Refusal."""
    code = _plain(text)
    if not code:
        raise _no_code(_("Please write the credit code: 18 characters, as on the licence."))
    confused = sorted(_LEFT_OUT & set(code))
    if confused:
        raise _no_code(
            _(
                "A credit code never contains %(letter)s (nor any of I, O, S, V, Z);"
                " it is probably a digit.",
                letter=confused[0],
            )
        )
    if not set(code) <= frozenset(_CREDIT):
        raise _no_code(_("A credit code is made of digits and capital letters only."))
    if len(code) != 18:
        raise _no_code(
            _("A credit code has 18 characters; this has %(count)s.", count=str(len(code)))
        )
    if _LETTERS & set(code[2:8]):
        raise _no_code(
            _("The 3rd to 8th character of a credit code are the digits of a region; compare them.")
        )
    total = sum(_CREDIT.index(c) * w for c, w in zip(code[:17], _CREDIT_WEIGHTS, strict=True))
    if _CREDIT[-total % 31] != code[17]:
        raise _no_code(
            _(
                "One of the 18 characters of the credit code is mistyped"
                " (the last one proves the others); compare them with the licence."
            )
        )
    return code


def phone(text: str) -> str:
    """Return a mainland number: digits, ``-`` before an extension. Raises Refusal."""
    try:
        return phone_number(text)
    except ValueError:
        raise Refusal("no_phone", _phone_sentence(_plain(text))) from None


def postcode(text: str) -> str:
    """Return a postcode of six digits. Raises Refusal."""
    code = _plain(text)
    if re.fullmatch("[0-9]{6}", code) is None:
        raise Refusal("no_postcode", _("A postcode is six digits, such as 100084."))
    return code


def mask_id(number: str) -> str:
    """Return an identity number as it is shown: ``110105********002X``."""
    return mask(number)


def mask_phone(number: str) -> str:
    """Return a number from ``phone`` as it is shown: ``157****9460``, ``010****1234``."""
    line, dash, extension = number.partition("-")
    shown = 3 if line.startswith(("1", "4", "8", "01", "02")) else 4
    return f"{line[:shown]}{'*' * (len(line) - shown - 4)}{line[-4:]}{dash}{'*' * len(extension)}"


def _plain(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()


def _no_id(sentence: object) -> Refusal:
    return Refusal("no_id_number", sentence)


def _no_code(sentence: object) -> Refusal:
    return Refusal("no_credit_code", sentence)


def _phone_sentence(digits: str) -> object:
    """Say what is missing from what was meant as a number."""
    digits = re.sub(r"^(?:\+|00)86", "", digits)
    if not digits:
        return _("Please write a telephone number.")
    if not digits.isascii() or not digits.isdigit():
        return _("Write the number in digits, such as 13800138000 or 010-62001234-8.")
    if digits.startswith("1"):
        return _(
            "A mobile number has 11 digits and begins with 13 to 19; this has %(count)s.",
            count=str(len(digits)),
        )
    if digits.startswith(("400", "800")):
        return _("A 400 or 800 number has 10 digits; this has %(count)s.", count=str(len(digits)))
    if not digits.startswith("0"):
        return _("Write the area code before the number, such as 010-62001234.")
    return _("A number with its area code has 10 to 12 digits, such as 010-62001234.")
