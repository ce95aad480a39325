"""HTML mail as text: what a reader would see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing_helpers import html, sample

from channels.email.html_text import html_to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p><p>b<br>c</p>", "a\n\nb\nc"),
        ("<div>x</div><div><br></div><div>y</div>", "x\n\ny"),
        ("<ul><li>1</li><li>2</li></ul><ol><li>a<li>b</ol>", "- 1\n- 2\n\n1. a\n2. b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ('<p style="white-space: pre-wrap">a\n  b</p><p>c\nd</p>', "a\n  b\n\nc d"),
        ('one <span style="white-space:pre-wrap">two</span> three', "one two three"),
        ("<ol start=3><li>a<li>b</ol><ol><li>c<li value=7>d</ol>", "3. a\n4. b\n\n1. c\n7. d"),
        ("<span>a</span> <b>b</b>\n  <i>c</i>", "a b c"),
        ("a&nbsp;&amp;&lt;b&gt;", "a &<b>"),
        ('<p class="MsoNormal">1</p><p class="MsoNormal">2</p>', "1\n2"),
        ('<div style="display:none">preview</div>seen', "seen"),
        ("<style>p{}</style><script>x</script><title>t</title>seen", "seen"),
        ("认证\u200b考试\ufeff", "认证考试"),
        (
            'new<blockquote type="cite">old<blockquote type="cite">older</blockquote></blockquote>',
            "new\n> old\n>> older",
        ),
        ("<blockquote>only indented</blockquote>", "only indented"),
        ("<p>unclosed <b>tags <i>everywhere", "unclosed tags everywhere"),
        (
            "<details><summary>a</summary>b</details>c<nav>d</nav>e<menu><li>f</menu>",
            "a\nb\nc\nd\ne\n\n- f",
        ),
        (
            "<form>a<fieldset><legend>b</legend>c</fieldset></form>d<aside>e</aside>",
            "a\nb\nc\nd\ne",
        ),
    ],
)
def test_html_becomes_the_text_that_a_reader_sees(markup, text):
    assert html_to_text(markup).text == text


@pytest.mark.parametrize(
    "markup",
    [
        'new<div id="divRplyFwdMsg">From: x</div><div>old</div>',
        'new<div id="appendonsend"></div><hr><div>old</div>',
        'new<div class="OutlookMessageHeader">From: x</div>old',
        'new<div id="mail-editor-reference-message-container">old</div>',
        'new<div id="lark-mail-quote-1"><p class="adit-html-block--collapsed">old</p></div>',
        '<div name="messageBodySection">new</div><div name="messageReplySection">old</div>',
        'new<div id="yahoo_quoted_1" class="yahoo_quoted">Monday, Ann:<div>old</div></div>',
        'new<div class="protonmail_quote">Ann:<blockquote type="cite">old</blockquote></div>',
        'new<div id="imail_signature">Wang</div><div class="ntes-mailmaster-quote">old</div>',
        'new<div class="ntes-signature">Wang</div><div class="history-quote-wrapper">old</div>',
        'new<p class="__aliyun_signature_wrap">Wang</p><div class="yahoo_quoted">old</div>',
    ],
)
def test_history_that_a_program_marked_is_not_the_writers_own(markup):
    """BEHAVIOURS 29."""
    found = html_to_text(markup)
    assert found.own == "new"
    assert "old" in html_to_text(markup).text or "From" in found.text


@pytest.mark.parametrize(
    "markup",
    [
        'new<div class="gmail_signature">Sun Yue<br>College</div>',
        'new<div id="ms-outlook-mobile-signature">Get Outlook for iOS</div>',
        'new<sign signid="1"><div>林晓雯</div></sign>',
        'new<div id="signature">Sun Yue</div>',
        'new<div class="lark-mail-signature">Sun Yue</div>',
        'new<div name="messageSignatureSection">Sun Yue</div>',
        'new<a class="xm_write_card"><table><tr><td><div>林晓雯</div></td></tr></table></a>',
        'new<div class="protonmail_signature_block">Sun Yue</div>',
        'new<div class="bloop_sign">Sun Yue</div>',
    ],
)
def test_a_signature_that_a_program_marked_is_not_the_writers_own(markup):
    assert html_to_text(markup).own == "new"


def test_an_introduction_that_a_program_marked_needs_no_known_language():
    found = html_to_text(
        '<p>new</p><div class="moz-cite-prefix">Desk mindesi:<br></div>'
        '<blockquote type="cite">old</blockquote>'
    )
    assert found.own == "new\n\n> old"


def test_an_address_that_was_not_escaped_is_no_tag():
    message = html("<p>请抄送 <wang@college.example>，谢谢</p>")
    assert message.text == "请抄送 <wang@college.example>，谢谢"
    assert message.html == "<p>请抄送 &lt;wang@college.example&gt;，谢谢</p>"


def test_an_answer_between_quotes_in_html_is_kept():
    """BEHAVIOURS 29: nothing that a person typed is lost."""
    message = html(
        "<div>On 23 Nov 2026 at 10:00, A &lt;a@b.cn&gt; wrote:</div>"
        '<blockquote type="cite">first question</blockquote><div>first answer</div>'
        '<blockquote type="cite">second question</blockquote><div>second answer</div>'
    )
    assert message.reply_text == (
        "> first question\n\nfirst answer\n\n> second question\n\nsecond answer"
    )


def test_a_newsletter_is_readable():
    assert sample("newsletter").text == "全场五折\t立即抢购"


@given(st.text(alphabet="<>/abdivpre tlo='\"&;!-=\n\u00a0中", max_size=300))
def test_no_markup_stops_the_conversion(markup):
    found = html_to_text(markup)
    assert "\0" not in found.text


def test_words_behind_marked_history_are_the_writers():
    markup = '<div class="history-quote-wrapper">old<div>older</div></div><div>new</div>'
    assert html(markup).reply_text == "new"


def test_what_is_marked_like_history_but_was_forwarded_is_kept():
    markup = (
        "Please look.<div class='ntes-mailmaster-quote'>---- 转发的邮件 ----<div>Exam?</div></div>"
    )
    assert "Exam?" in html(markup).reply_text


@pytest.mark.parametrize("written", ["&#55357;&#56832;", "&#xD83D;&#xDE00;"])
def test_a_picture_character_in_two_halves_is_one(written):
    """Exchange writes so in mails of GB2312."""
    message = html(f"<p>好 {written}</p>")
    assert message.text == "好 \U0001f600"
    assert "\U0001f600" in (message.html or "")
