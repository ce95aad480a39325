"""Weibo's pushes are believed only with the right signature, near the right time."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.microblog.push import WINDOW, is_signed, signature, signed_at

SECRET, TIME, NONCE = "xyz123xyz", "1397022061823", "57155157"
SIGNED = "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1"
AT = datetime.fromtimestamp(1397022061.823, UTC)


def _signed(now=AT, **changes):
    given = {"secret": SECRET, "given": SIGNED, "timestamp": TIME, "nonce": NONCE, **changes}
    return is_signed(given.pop("secret"), now=now, **given)


def test_the_documents_own_example_is_signed_so():
    assert signature(SECRET, TIME, NONCE) == SIGNED
    assert _signed()


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "another"},
        {"secret": ""},
        {"given": ""},
        {"given": SIGNED.upper()},
        {"given": "签名"},
        {"timestamp": "1397022061824"},
        {"timestamp": "soon"},
        {"timestamp": ""},
        {"timestamp": "9" * 15},
        {"timestamp": "9" * 40},
        {"nonce": ""},
        {"nonce": "1"},
    ],
)
def test_what_does_not_fit_is_refused(wrong):
    assert not _signed(**wrong)


def test_an_old_signature_is_worth_nothing():
    assert _signed(AT + WINDOW)
    assert not _signed(AT + WINDOW + timedelta(seconds=1))
    assert not _signed(AT - WINDOW - timedelta(seconds=1))


def test_seconds_and_milliseconds_are_told_apart():
    assert signed_at("1397022061") == datetime.fromtimestamp(1397022061, UTC)
    assert signed_at("1397022061823") == AT
