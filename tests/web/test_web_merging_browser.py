"""Merging in a real browser: for everybody, by keys, and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import ticket_of
from tests.web.test_web_merging import merged

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@in_every_look
def test_the_pages_of_merging_can_be_used_by_everybody(visit, open_ticket, size, theme):
    """BEHAVIOURS 32"""
    one = open_ticket("考试报名系统无法上传学员名单", "20 9:55")
    two, three = open_ticket("名单还是传不上去，请帮忙看一下是什么原因"), open_ticket("第三个")
    merged([three], one)
    page = visit(f"/mergers/new?ticket={two}", size=size, theme=theme, language="zh")

    assert_usable(page)
    page.locator(f"input[name=into][value='{one}']").check()
    page.get_by_role("button", name="查看合并结果").click()
    expect(page.get_by_role("button", name=f"合并到 #{one}")).to_be_visible()
    assert_usable(page)
    page.get_by_role("button", name=f"合并到 #{one}").click()
    page.wait_for_url(f"**/tickets/{one}")
    for path in (f"/tickets/{one}", f"/tickets/{two}", "/queue/all"):
        page.goto(path)
        assert_usable(page)


@pytest.mark.parametrize("script", [True, False])
def test_tickets_are_ticked_in_the_list_and_merged_with_keys_alone(visit, open_ticket, script):
    """BEHAVIOURS 32"""
    one, two = open_ticket("First"), open_ticket("Second")
    page = visit("/queue/open", script=script)

    for number in (one, two):
        page.locator(f"input[name=ticket][value='{number}']").focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Merge …").focus()
    page.keyboard.press("Enter")
    page.locator(f"input[name=into][value='{one}']").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What will happen")).to_be_visible()
    page.get_by_role("button", name=f"Merge into #{one}").focus()
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/tickets/{one}")
    expect(page.locator("#talk")).to_contain_text(f"merged #{two} into it: Second")
    assert ticket_of(two).merged_into_id == one
