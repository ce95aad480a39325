"""Numbers of people and organisations: one form each, and refusals that say what to write."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.microblog.public import private_numbers
from helpdesk.errors import Refusal
from helpdesk.services.personal import numbers

TODAY = date(2026, 11, 23)
VALID = "11010519491231002X"
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def id_check(digits: str) -> str:
    """Return the check character, worked out as ISO 7064 describes it: digit by digit."""
    rest = 0
    for digit in digits:
        rest = (rest + int(digit)) * 2 % 11
    return "0123456789X"[(12 - rest) % 11]


def credit_check(code: str) -> str:
    """Return the check character by Horner's scheme from the right, base 3."""
    total = 0
    for character in reversed(code):
        total = (total * 3 + CREDIT.index(character)) % 31
    return CREDIT[(31 - total) % 31]


people = st.builds(
    lambda region, born, order: f"{region}{born:%Y%m%d}{order:03d}",
    st.sampled_from(["110105", "340524", "510104", "810000", "710000", "911124"]),
    st.dates(date(1900, 1, 2), TODAY),
    st.integers(0, 999),
).map(lambda digits: digits + id_check(digits))

organisations = st.builds(
    lambda first, region, rest: f"{first}{region:06d}{rest}",
    st.text(CREDIT, min_size=2, max_size=2),
    st.integers(0, 999999),
    st.text(CREDIT, min_size=9, max_size=9),
).map(lambda code: code + credit_check(code))


def refusal_of(check, text: str, **options) -> str:
    with pytest.raises(Refusal) as refused:
        check(text, **options)
    return refused.value.sentence


@pytest.mark.parametrize("number", [VALID, "34052419800101001X"])
def test_the_examples_of_the_standard_are_valid(number):
    assert numbers.id_number(number, today=TODAY) == number


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002x",
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        " 110105-19491231-002X ",
    ],
)
def test_a_number_has_one_form_however_it_is_written(written):
    assert numbers.id_number(written) == VALID


@given(people)
def test_whatever_the_standard_makes_is_taken(number):
    assert numbers.id_number(number, today=TODAY) == number


@given(people, st.integers(0, 17), st.integers(1, 9))
def test_one_mistyped_digit_is_always_noticed(number, place, more):
    if number[place] == "X":
        return
    other = str((int(number[place]) + more) % 10)

    with pytest.raises(Refusal):
        numbers.id_number(number[:place] + other + number[place + 1 :], today=TODAY)


@given(people, st.integers(0, 15))
def test_two_neighbours_exchanged_are_always_noticed(number, place):
    changed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if changed == number:
        return

    with pytest.raises(Refusal):
        numbers.id_number(changed, today=TODAY)


@given(people)
def test_what_a_form_takes_for_an_id_number_is_never_let_into_a_public_post(number):
    assert ("identity", number) in private_numbers(f"号码 {number}。")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "18 characters"),
        ("1101051949123100", "has 18 characters; this has 16"),
        ("130503670401001", "no longer valid"),
        ("1101051949123100AB", "17 digits"),
        ("X10105194912310021", "17 digits"),
        ("990105194912310020"[:17] + "٣", "17 digits"),
        ("01010519491231002X", "province"),
        ("17010519491231002X", "province"),
        ("110105194913310024", "no such day"),
        ("110105189912310026", "no such day"),
        ("110105194912310021", "mistyped"),
    ],
)
def test_a_wrong_id_number_is_refused_with_what_is_wrong(speech_en, typed, said):
    assert said in refusal_of(numbers.id_number, typed, today=TODAY)


def test_nobody_was_born_tomorrow(speech_en):
    digits = f"110105{TODAY + timedelta(days=1):%Y%m%d}001"
    unborn = digits + id_check(digits)

    assert "no such day" in refusal_of(numbers.id_number, unborn, today=TODAY)
    assert numbers.id_number(unborn, today=TODAY + timedelta(days=1)) == unborn


def test_the_right_check_digit_is_not_told_and_what_was_typed_is_not_repeated(speech_en):
    sentence = refusal_of(numbers.id_number, "11010519491231002" + "1", today=TODAY)

    assert "X" not in sentence
    assert "110105" not in sentence


@given(organisations)
def test_every_credit_code_of_the_standard_is_taken(code):
    assert numbers.credit_code(code.lower()) == code


def test_the_example_of_a_credit_code_is_valid():
    assert numbers.credit_code(" ９１１１００００ 60003734 1l ") == "91110000600037341L"


@given(organisations, st.integers(8, 17), st.sampled_from(CREDIT))
def test_a_mistyped_character_of_a_credit_code_is_noticed(code, place, other):
    if code[place] == other:
        return

    with pytest.raises(Refusal):
        numbers.credit_code(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "18 characters"),
        ("9111000060003734", "this has 16"),
        ("9111000O600037341L", "never contains O"),
        ("91110000600037341L"[:17] + "元", "digits and capital letters"),
        ("91A10000600037341L", "digits of a region"),
        ("91110000600037341M", "mistyped"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_what_is_wrong(speech_en, typed, said):
    assert said in refusal_of(numbers.credit_code, typed)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+86 157 1296 9460", "15712969460"),
        ("0086-15712969460", "15712969460"),
        ("１５７１２９６９４６０", "15712969460"),
        ("010-62001234-8", "01062001234-8"),
        ("0571 8765 4321 转 123", "057187654321-123"),
        ("400-810-1234", "4008101234"),
        ("800 810 1234", "8008101234"),
    ],
)
def test_phones_have_one_form(written, number):
    assert numbers.phone(written) == number


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Please write"),
        ("周敏", "in digits"),
        ("1571296946", "11 digits and begins with 13 to 19; this has 10"),
        ("12712969460", "begins with 13 to 19"),
        ("400-810-123", "10 digits; this has 9"),
        ("62001234", "area code"),
        ("010-1234", "10 to 12 digits"),
        ("1" * 500, "11 digits"),
    ],
)
def test_a_wrong_phone_is_refused_with_what_to_write(speech_en, typed, said):
    assert said in refusal_of(numbers.phone, typed)


def test_postcodes_are_six_digits(speech_en):
    assert numbers.postcode(" １０００８４ ") == "100084"
    for wrong in ("", "10008", "1000845", "10008x"):
        assert "six digits" in refusal_of(numbers.postcode, wrong)


@given(people)
def test_a_mask_hides_the_day_of_birth_and_nothing_else_changes(number):
    masked = numbers.mask_id(number)

    assert (masked[:6], masked[6:14], masked[14:]) == (number[:6], "*" * 8, number[14:])


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("15712969460", "157****9460"),
        ("01062001234-8", "010****1234-*"),
        ("057187654321", "0571****4321"),
        ("4008101234", "400***1234"),
    ],
)
def test_masked_phones_keep_their_shape(number, masked):
    assert numbers.mask_phone(number) == masked


@given(st.text(max_size=40))
def test_any_text_is_taken_in_its_one_form_or_refused(text):
    for check in (numbers.id_number, numbers.credit_code, numbers.phone, numbers.postcode):
        with suppress(Refusal):
            taken = check(text)
            assert check(taken) == taken


def test_refusals_speak_chinese_too(speech):
    assert "18 位" in refusal_of(numbers.id_number, "1")
