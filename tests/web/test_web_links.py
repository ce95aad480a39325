"""Addresses within a text that somebody wrote, as links."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.presentation.links import linked


def targets(text: str) -> list[str]:
    """Return where the links of a text lead."""
    return re.findall(r'href="([^"]*)"', str(linked(text)).replace("&amp;", "&"))


@pytest.mark.parametrize(
    "text",
    [
        "清单见：https://a.example.cn/list。请查收",
        "清单（https://a.example.cn/list）已更新",
        "清单https://a.example.cn/list，谢谢",
        "see <https://a.example.cn/list>, thanks",
        "see https://a.example.cn/list.",
        "(https://a.example.cn/list)",
    ],
)
def test_an_address_ends_where_the_sentence_goes_on(text):
    assert targets(text) == ["https://a.example.cn/list"]


def test_an_address_keeps_the_brackets_that_are_its_own():
    assert targets("https://a.example.cn/wiki/MIEC_(exam)") == [
        "https://a.example.cn/wiki/MIEC_(exam)"
    ]


def test_an_address_keeps_its_query():
    assert targets("网盘 https://pan.example.cn/s/1a?pwd=12&x=3#f 提取码") == [
        "https://pan.example.cn/s/1a?pwd=12&x=3#f"
    ]


def test_an_address_without_its_scheme_is_opened_safely():
    assert targets("官网www.example.cn有公告") == ["https://www.example.cn"]


def test_a_mail_address_between_chinese_is_a_link():
    assert targets("请发到service@miec.example.cn，谢谢") == ["mailto:service@miec.example.cn"]


def test_a_link_opens_beside_the_desk_and_tells_nobody_where_it_was():
    html = linked("https://a.example.cn")

    assert 'rel="noopener noreferrer nofollow" target="_blank"' in html


def test_a_long_address_is_shown_short_and_leads_to_all_of_it():
    address = "https://a.example.cn/" + "x" * 200

    assert targets(address) == [address]
    assert f">{address[:80]}…</a>" in linked(address)


@pytest.mark.parametrize("text", ["javascript:alert(1)", "xhttps://", "http://", "a@b", "3.14"])
def test_nothing_else_is_a_link(text):
    assert targets(text) == []


@given(st.text(alphabet="htps:/w.a@b<>\"'&。 ", max_size=60))
def test_whatever_is_written_is_all_there_and_harmless(text):
    html = linked(text)

    assert html.striptags() == " ".join(text.split())
    assert not re.search(r"<(?!a |/a>)", html)
