"""How each common mail program lays out new mails, replies and forwards."""

from __future__ import annotations

import pytest
from parsing_helpers import sample

LIN = ("林晓雯", "linxiaowen@qq.example")
CHEN = ("陈建国", "chenjianguo@163.example")
ZHAO = ("赵敏", "15700000001@139.example")
WU = ("吴海燕", "wuhaiyan@corp.example")
HUANG = ("黄志强", "huangzq@mail.example")
SUN = ("孙悦", "sunyue@gmail.example")
XU = ("徐静", "xujing@college.example")
EMILY = ("Carter, Emily", "emily.carter@college.example")
HE = ("何丽", "heli@studio.example")

NEW = {
    "qq-new": (LIN, "关于12月中级认证考试报名的咨询", "您好：\n\n我校想了解", "南方职业技术学院"),
    "163-new": (CHEN, "中心授权铜牌揭牌仪式安排", "办公室各位老师：", "陈建国"),
    "139-new": (ZHAO, "教材教学课件还没有收到", "您好，我们中心", "赵敏 15700000001"),
    "foxmail-new": (WU, "师资培训第三期还有名额吗？朱镕老师推荐", "各位老师好：", "吴海燕"),
    "iphone-zh-new": (HUANG, "讲师证书什么时候发", "讲师培训已经结束", "证书什么时候发？"),
    "gmail-zh-new": (SUN, "现场考察时间", "您好，请问渠道", "什么时候来现场考察？"),
    "outlook-zh-new": (XU, "申请成为认证中心", "您好，我院希望", "徐静"),
}

REPLIES = {
    "qq-reply": (LIN, "收到，谢谢！\n我们会在周三之前把名单补齐。"),
    "qq-reply-html-only": (LIN, "收到，谢谢！\n我们会在周三之前把名单补齐。"),
    "163-reply": (CHEN, "同意12月5日上午的安排，场地已经布置好了。"),
    "163-reply-zh": (CHEN, "场地布置的照片下午发给您。"),
    "163-reply-html-only": (CHEN, "场地布置的照片下午发给您。"),
    "163-master-reply": (CHEN, "好的，已经补交了教师资质复印件。"),
    "139-reply": (ZHAO, "收到光盘了，谢谢！"),
    "foxmail-reply": (WU, "两位老师的资料已经盖章扫描，请查收。\n\n\n\n吴海燕"),
    "iphone-zh-reply": (HUANG, "证书收到了，非常感谢！"),
    "iphone-zh-reply-html-only": (HUANG, "证书收到了，非常感谢！"),
    "gmail-zh-reply": (SUN, "可以，我们下周一到现场。"),
    "gmail-zh-reply-html-only": (SUN, "可以，我们下周一到现场。"),
    "outlook-zh-reply": (XU, "已按要求补充了平面图，见附件。\n\n徐静"),
    "outlook-zh-reply-html-only": (XU, "已按要求补充了平面图，见附件。\n\n徐静"),
    "outlook-zh-desktop-inline-image": (XU, "平面图如下："),
    "outlook-mobile-zh-reply": (XU, "明天上午可以接电话。"),
    "outlook-en-reply": (
        EMILY,
        (
            "Dear team,\n\nThe floor plan is attached. Please let us know whether 28 PCs are enough."
            "\n\nBest regards,\nEmily Carter"
        ),
    ),
    "outlook-en-original-message": (EMILY, "Yes, the second date suits us."),
    "apple-mail-en-reply": (
        ("Grace Miller", "grace@studio.example"),
        "The fee was remitted this morning — please confirm.\n\nGrace",
    ),
    "apple-mail-zh-reply": (HE, "已确认，没有问题。"),
    "thunderbird-zh-interleaved": (
        ("郭伟", "guowei@training.example"),
        (
            "> 郭老师您好：\n> 1. 专职教师有几位？\n\n三位，均有高级证书。\n\n"
            "> 2. 培训从哪一年开始？\n\n2019 年 9 月。"
        ),
    ),
    "thunderbird-en-bottom": (
        ("Robert Lang", "robert@training.example"),
        (
            "December 5th would suit us best, and the room is large enough for sixty people, "
            "with a screen.\n\nRobert"
        ),
    ),
    "thunderbird-de-reply": (
        ("Jörg Müller", "joerg@schule.example"),
        "Danke, die Prüfung kann stattfinden.",
    ),
}

FORWARDS = {
    "qq-forward": ("王老师，麻烦看一下学生的这个问题。", "林老师，准考证页面一直提示系统繁忙。"),
    "163-forward": ("请办公室协助处理学员的退费申请。", "陈老师，我因为工作调动申请退还考试费。"),
    "foxmail-forward": ("请协助答复学校的机房验收问题。", "机房只有 28 台电脑，是否可以先验收？"),
    "iphone-zh-forward": ("请帮忙处理。", "> 老师，我的成绩查不到。"),
    "gmail-zh-forward": ("FYI，请看下面的通知。", "机房 11 月 30 日停电一天。"),
    "outlook-zh-forward": ("请查收附件中的转发内容。", "请问补考什么时候报名？"),
}


@pytest.mark.parametrize("name", NEW)
def test_a_new_mail_is_read_with_author_subject_and_words(name):
    author, subject, first, last = NEW[name]
    message = sample(name)
    assert (message.author.name, message.author.value) == author
    assert message.subject == subject
    assert message.reply_text.startswith(first)
    assert message.reply_text.endswith(last)
    assert message.auto is None


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_reduced_to_what_is_new_in_it(name):
    """BEHAVIOURS 29: Chinese and English quote headers are known, history is folded."""
    author, new = REPLIES[name]
    message = sample(name)
    assert (message.author.name, message.author.value) == author
    assert message.reply_text == new


@pytest.mark.parametrize("name", REPLIES)
def test_the_history_of_a_reply_stays_one_click_away(name):
    """BEHAVIOURS 29: quoted history is folded, not lost."""
    message = sample(name)
    assert len(message.text) > len(message.reply_text)


@pytest.mark.parametrize("name", FORWARDS)
def test_a_forward_keeps_what_it_forwards(name):
    comment, forwarded = FORWARDS[name]
    message = sample(name)
    assert message.reply_text.startswith(comment)
    assert message.reply_text.endswith(forwarded)


def test_headers_that_thread_are_read_from_every_client():
    """BEHAVIOURS 19: In-Reply-To first, then References backwards."""
    assert sample("163-reply").thread_keys == (
        "<reply.2@chinamiec.example>",
        "<6f1a2b3c.1a2b.18c0d5e6f70.Coremail.chenjianguo@163.example>",
    )
    assert sample("foxmail-reply").thread_keys[0] == "<reply.5@chinamiec.example>"
    assert sample("outlook-zh-reply").references == (
        "<TYZPR04MB0001@apcprd04.example>",
        "<reply.8@chinamiec.example>",
    )
