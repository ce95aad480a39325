"""HTML from strangers can be shown inside the desk's own pages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing_helpers import sample

from channels.email.html_bombs import is_bomb
from channels.email.html_clean import has_remote_pictures, render_html, sanitise

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<img src="javascript:alert(1)">',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' &#x6A;avascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//evil.example/'>x</a>",
    "<a href='https:settings'>x</a><img src='http:/logout'>",
    "<iframe src='https://evil.example/'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='https://evil.example/x'></object><embed src='https://evil.example/x'>",
    "<form action='https://evil.example/'><input name=pw><button formaction=x>OK</button></form>",
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<style>@import 'https://evil.example/x.css'</style>",
    "<p style='position:fixed;background:url(https://evil.example/x)'>x</p>",
    "<body background='https://evil.example/x.gif' onload=alert(1)>x",
    "<table background='https://evil.example/x.gif'><tr><td background='x'>x</table>",
    "<video src='https://evil.example/x'><source src='https://evil.example/y'></video>",
    "<img srcset='https://evil.example/x 2x'>",
    "<img data-remote-src='javascript:alert(1)' data-cid='x'>",
    "<p id='login' class='modal' name='x'>x</p>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<template><script>alert(1)</script></template>",
    "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "<xmp><script>alert(1)</script></xmp><plaintext><script>alert(2)</script>",
    "<img title='<script>alert(1)</script>' alt='\"><script>alert(1)</script>'>",
    "<<script>script>alert(1)<</script>/script>",
    "<title><script>alert(1)</script></title>",
]
TAG = re.compile(r"<[a-zA-Z/](?:[^>\"]|\"[^\"]*\")*>")
FORBIDDEN = re.compile(
    r"<(?:script|style|iframe|form|input|button|object|embed|svg|math|meta|base|link|video|template)"
    r"|\son\w+\s*=|\s(?:src|srcset|style|class|id|name|background|action)\s*="
    r"|(?:href|data-remote-src)=\"(?!https?://|mailto:|tel:)",
    re.IGNORECASE,
)


def acting(markup: str) -> list[str]:
    """Find tags that would act or load; titles may say what they like."""
    tags = TAG.findall(re.sub(r' (?:title|alt)="[^"]*"', "", sanitise(markup)))
    return [tag for tag in tags if FORBIDDEN.search(tag)]


@pytest.mark.parametrize("markup", HOSTILE)
def test_nothing_that_acts_or_loads_survives(markup):
    assert acting(markup) == []


@given(
    st.lists(
        st.sampled_from(
            [*HOSTILE, "<div>", "</div>", "<table>", "<td>", "'", '"', ">", "<!--", "-->", "&lt;"]
        ),
        max_size=6,
    )
)
def test_nothing_that_acts_survives_in_any_company(pieces):
    assert acting("".join(pieces)) == []


def test_the_hostile_sample_keeps_its_words_alone():
    message = sample("html-hostile")
    markup = message.html or ""
    assert "evil.example" not in markup.replace(
        'data-remote-src="https://evil.example/pixel.gif"', ""
    )
    assert "alert" not in markup
    assert "<b>请看</b>" in markup
    assert message.text.startswith("您好，请看")
    assert message.text.endswith("再见")


def test_links_open_elsewhere_and_tell_nobody():
    assert sanitise('<a href="https://ok.example/?a=1&b=2">x</a>') == (
        '<a href="https://ok.example/?a=1&amp;b=2" target="_blank" '
        'rel="noopener noreferrer nofollow">x</a>'
    )


def test_words_stay_apart_that_stood_in_boxes_of_their_own():
    markup = (
        "<aside>a</aside><nav>b</nav><fieldset><legend>c</legend>d</fieldset><menu><li>e</menu>"
    )
    assert sanitise(markup) == markup.replace("</menu>", "</li></menu>")
    assert sanitise("<details><summary>a</summary>b</details>") == "<summary>a</summary>b"


def test_remote_pictures_wait_until_somebody_asks():
    markup = sanitise('<img alt="a>b" src="https://ok.example/a.png?b=1&amp;c=2" width="5">')
    assert has_remote_pictures(markup)
    assert " src=" not in render_html(markup, lambda _: None, allow_remote=False)
    shown = render_html(markup, lambda _: None, allow_remote=True)
    assert ' src="https://ok.example/a.png?b=1&amp;c=2"' in shown


def test_attached_pictures_get_the_address_of_their_file():
    markup = sanitise('<img src=" cid:a%40b.cn\n"><img src="cid:gone">')
    shown = render_html(markup, {"a@b.cn": '/files/1?"'}.get, allow_remote=False)
    assert shown == '<img src="/files/1?&quot;"><img data-cid="gone">'


BOMBS = {
    "nested without end": "<div>" * 100_000,
    "closed under another name": "<div></p>" * 50_000,
    "of invented names": "<p-p>" * 50_000,
    "formatting left open": "".join(f"<font color={n}><p>" for n in range(3_000)),
    "ampersands": "&" * 1_000_000,
    "one endless tag": "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">",
    "rows outside of their table": "<table>" + "<li>" * 200_000,
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_becomes_its_plain_words(kind):
    """BEHAVIOURS 25: what is small on the wire may not grow in the house."""
    markup = f"before {BOMBS[kind]} after"
    assert is_bomb(markup)
    cleaned = sanitise(markup)
    assert len(cleaned) <= len(markup) * 5
    assert "after" in cleaned


def test_a_long_but_honest_page_is_no_bomb():
    row = (
        "<tr><td><b>1</b></td><td>林晓雯</td><td><a href='https://ok.example/1'>查看</a></td></tr>"
    )
    assert not is_bomb(f"<table>{row * 2000}</table>")
