"""What a search found: the passage that holds the words, and the words marked in it."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from helpdesk.presentation.passages import marked, passage


def test_each_word_of_the_query_is_marked_as_the_text_writes_it():
    assert marked("Excel template for EXCEL lists", "excel list") == (
        "<mark>Excel</mark> template for <mark>EXCEL</mark> <mark>list</mark>s"
    )


def test_what_the_search_takes_for_the_same_is_marked_as_well():
    assert marked("上传ＡＢ表", "ab") == "上传<mark>ＡＢ</mark>表"
    assert marked("①㎏ 装", "kg") == "①<mark>㎏</mark> 装"


def test_words_that_overlap_are_one_mark():
    assert marked("考试报名系统", "报名 名系") == "考试<mark>报名系</mark>统"


def test_the_passage_is_the_one_that_holds_the_word():
    found = passage("前言" * 100 + "报名截止后不能补报" + "说明" * 100, "补报", 40)

    assert found.startswith("…")
    assert found.endswith("…")
    assert "报名截止后不能<mark>补报</mark>" in found
    assert len(found.striptags()) == 42


def test_a_passage_cuts_no_word_that_could_be_whole():
    found = passage("Preliminaries and considerations " * 9 + "then the fee", "fee", 60)

    assert found.startswith("…Preliminaries and considerations ")
    assert found.endswith("then the <mark>fee</mark>")
    assert passage("The fee is due on examination day", "fee", 25) == (
        "The <mark>fee</mark> is due on…"
    )


def test_words_of_the_beginning_leave_the_passage_there():
    assert passage("学费 退还\n\n须知", "学费", 20) == "<mark>学费</mark> 退还 须知"
    assert passage("一" * 50, "没有", 10) == "一" * 10 + "…"


def test_what_the_text_holds_is_never_markup():
    assert passage("a <b>x</b> & y", "x", 50) == "a &lt;b&gt;<mark>x</mark>&lt;/b&gt; &amp; y"


@given(st.text(), st.text(max_size=6), st.integers(8, 60))
def test_marks_add_nothing_and_lose_nothing(text, query, most):
    whole = str(marked(text, query)).replace("<mark>", "").replace("</mark>", "")

    assert Markup(whole).unescape() == text
    assert len(passage(text, query, most).striptags()) <= most + 2
