"""A text is as long as its network says, and a long one becomes several posts."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.microblog.length import WEIBO_POST, X_POST, split, weibo_length, x_length

SOMETHING = st.text(
    st.sampled_from("您好，请在官网查询。ab c1 !👩‍💻😀🇨🇳é\n") | st.characters(codec="utf-8"),
    max_size=900,
)
NETWORKS = st.sampled_from([(WEIBO_POST, weibo_length), (X_POST, x_length)])


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("您好", 2), ("abcd", 2), ("abc", 2), ("您a好", 3), ("é!", 1), ("，", 1), ("😀", 2)],
)
def test_weibo_counts_chinese_characters_and_halves(text, length):
    assert weibo_length(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("您好", 4),
        ("，", 2),
        ("é", 1),
        ("e\u0301", 1),
        ("😀", 2),
        ("👩‍💻", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👍🏽", 2),
        ("🇨🇳", 2),
        ("1️⃣", 2),
        ("https://a.cn", 23),
        ("https://miec.example.cn/notices/2026/cancelled?center=CD017&x=1", 23),
        ("见https://miec.example.cn/a。", 2 + 23 + 2),
        ("see example.com/x", 4 + 23),
        ("mail a@example.com", 18),
        ("“quoted”", 8),
    ],
)
def test_x_weighs_characters_and_links(text, length):
    assert x_length(text) == length


def test_the_limits_are_reached_exactly():
    assert weibo_length("字" * 140) == WEIBO_POST
    assert x_length("字" * 140) == X_POST
    assert split("字" * 140, WEIBO_POST, weibo_length) == ["字" * 140]
    assert len(split("字" * 141, WEIBO_POST, weibo_length)) == 2


@given(SOMETHING, NETWORKS)
@example("😀" * 300, (X_POST, x_length))
def test_no_post_is_longer_than_its_network_takes(text, network):
    limit, count = network

    parts = split(text, limit, count)

    assert all(0 < count(part) <= limit for part in parts)


@given(SOMETHING, NETWORKS)
def test_splitting_loses_no_word(text, network):
    limit, count = network

    parts = split(text, limit, count)

    if len(parts) > 1:
        parts = [re.sub(rf" \({n}/{len(parts)}\)$", "", part) for n, part in enumerate(parts, 1)]
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_text_is_split_behind_a_sentence_and_marked():
    sentence = "请登录官网并在人才库中用证书编号激活后填写简历。"

    parts = split(sentence * 8, WEIBO_POST, weibo_length)

    assert [part[-6:] for part in parts] == [" (1/2)", " (2/2)"]
    assert all(part[:-6].endswith("。") for part in parts)


def test_a_link_is_not_cut_in_two():
    link = "https://miec.example.cn/notices/2026/11/how-to-register-for-the-autumn-exam"

    parts = split("字" * 115 + link + "字" * 40, WEIBO_POST, weibo_length)

    assert any(link in part for part in parts)


def test_an_emoji_of_several_characters_stays_whole():
    parts = split("字" * 134 + "👩‍💻" * 40, X_POST, x_length)

    assert all(not part.startswith(("\u200d", "💻")) for part in parts)
