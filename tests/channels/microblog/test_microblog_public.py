"""Numbers that belong to somebody never stand in a public post."""

import pytest

from channels.microblog.public import private_numbers


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("身份证号11010519491231002X请核对", "identity"),
        ("110105 19491231 002x", "identity"),
        ("１１０１０５１９４９１２３１００２Ｘ", "identity"),
        ("旧证 130503670401001", "identity"),
        ("请拨打13800138000。", "phone"),
        ("138-0013-8000", "phone"),
        ("138 0013 8000", "phone"),
        ("+86 13800138000", "phone"),
        ("008613800138000", "phone"),
        ("电话１３８００１３８０００", "phone"),
        ("138—0013—8000", "phone"),
        ("010-62001234", "phone"),
        ("(028) 8555 1234", "phone"),
        ("0571-87654321", "phone"),
        ("+86 10 62001234", "phone"),
    ],
)
def test_numbers_of_people_are_found(text, kind):
    assert [found for found, _ in private_numbers(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "热线 400-810-1234",
        "95588",
        "110105194912310021",  # the check digit is wrong
        "110105194913310024",  # no such month
        "证书编号 20261123000012345",
        "https://m.weibo.cn/status/5220000000000001",
        "2026年11月23日 10:00，共 12345 人",
        "12800138000",
        "订单 1380013800012345",
        "考场 1001，座位 23",
    ],
)
def test_other_numbers_are_not_taken_for_them(text):
    assert private_numbers(text) == []


def test_the_office_may_name_its_own_numbers():
    assert private_numbers("请拨打 010-62001234", allowed=["(010) 6200 1234"]) == []
    assert private_numbers("或 13800138000", allowed=["010-62001234"]) == [("phone", "13800138000")]


def test_each_number_is_told_once():
    text = "王老师 13800138000，身份证 11010519491231002X"

    assert sorted(private_numbers(text)) == [
        ("identity", "11010519491231002X"),
        ("phone", "13800138000"),
    ]
