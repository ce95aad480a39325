"""The new part of a mail, without quoted history and signature (BEHAVIOURS 29)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing_helpers import mail

from channels.email.quotes import reply_text

HISTORY = {
    "QQ": '------------------ 原始邮件 ------------------\n发件人: "客服" <a@b.cn>;\n旧',
    "QQ in English": "------------------ Original ------------------\nFrom: a\nDate: b\nTo: c\n旧",
    "QQ with hard spaces": "------------------\u00a0原始邮件\u00a0------------------\n旧",
    "163": '在 2026-11-23 10:00:00，"客服" <a@b.cn> 写道：\n>旧',
    "163 without marks": '在 2026-11-23 10:00:00，"客服" <a@b.cn> 写道：\n\n旧',
    "163 in English": 'At 2026-11-23 10:00:00, "Desk" <a@b.cn> wrote:\n>旧',
    "NetEase Mail Master": "---- 回复的原邮件 ----\n| 发件人 | 客服<a@b.cn> |\n旧",
    "NetEase in English": "---- Replied Message ----\n| From | Desk<a@b.cn> |\n旧",
    "139": "----邮件原文----\n发件人：客服 <a@b.cn>\n旧",
    "Foxmail": "发件人： 客服\n发送时间： 2026-11-23 10:00\n收件人： 王\n主题： Re: 考试\n旧",
    "Windows Mail, marked": "From: Desk\nSent: \u200eMonday\u200e, \u200e2026 \u200e9\u200e:\u200e40\u200e \u200eAM\n"
    "To: Wang\n旧",
    "Outlook in Hebrew": "\u200fמאת: א\n\u200fנשלח: 23 בנובמבר 2026 09:40\n\u200fאל: ב\n旧",
    "Foxmail in English": "From: Desk\nDate: 2026-11-23 10:00\nTo: Wang\nSubject: Exam\n旧",
    "Outlook": "________________________________\n发件人: a <a@b.cn>\n发送时间: 2026年11月23日 10:00\n收件人: b\n主题: c\n旧",
    "Outlook in bold": "*发件人:* a <a@b.cn>\n*发送时间:* 2026年11月23日\n*收件人:* b\n*主题:* c\n旧",
    "Outlook in traditional Chinese": "寄件者: a <a@b.cn>\n寄件日期: 2026年11月23日\n收件者: b\n主旨: c\n旧",
    "Outlook in German": "Von: a\nGesendet: Montag, 23. November 2026 10:00\nAn: b\nBetreff: c\n旧",
    "old Outlook": "-----Original Message-----\nFrom: a\nSent: b\nTo: c\nSubject: d\n旧",
    "old Outlook in Chinese": "-----原始邮件-----\n发件人: a\n旧",
    "Gmail": "客服 <a@b.cn> 于2026年11月23日周一 10:00写道：\n\n> 旧",
    "Gmail wrapped after the name": "认证管理办公室客户服务 <support@chinamiec.example>\n于2026年11月23日周一 10:00写道：\n\n> 旧",
    "Gmail wrapped before the time": "认证管理办公室 <support@chinamiec.example> 于2026年11月23日周一\n10:00写道：\n\n> 旧",
    "Gmail in traditional Chinese": "客服 <a@b.cn> 於 2026年11月23日 週一 上午10:00寫道：\n\n> 旧",
    "Gmail in English, wrapped": "On Mon, Nov 23, 2026 at 10:00 AM MIEC Office Customer Service\n<support@chinamiec.example> wrote:\n\n> 旧",
    "iPhone": "> 在 2026年11月23日，10:00，客服 <a@b.cn> 写道：\n> \n> 旧",
    "Apple Mail": "> 2026年11月23日 上午10:00，客服 <a@b.cn> 写道：\n> \n> 旧",
    "Thunderbird": "在 2026/11/23 10:00, 客服 写道:\n> 旧",
    "Thunderbird in German": "Am 23.11.26 um 10:00 schrieb Desk:\n> 旧",
    "French": "Le lun. 23 nov. 2026 à 10:00, Desk <a@b.cn> a écrit :\n> 旧",
    "Aliyun": "------------------------------------------------------------------\n发件人：客服 <a@b.cn>\n发送时间：2026年11月23日(星期一) 10:00\n收件人：王\n主　题：考试\n旧",
    "139, newer": "----回复邮件信息----\n发件人：客服 <a@b.cn>\n发送时间：2026-11-23 10:00\n收件人：王\n主题：考试\n旧",
    "Notes": "-----Desk <a@b.cn> wrote: -----\nTo: w@c.cn\nFrom: Desk <a@b.cn>\nSubject: Exam\n旧",
    "QQ Mail, new": "原始邮件\n\n发件人：客服 <a@b.cn>\n发件时间：2026年11月23日 10:00\n收件人：王\n旧",
    "QQ Mail, newest": "         Original\n\n\nFrom:Desk <a@b.cn>\nSent Time:Nov 23, 2026 10:00\n\n旧",
    "QQ Mail, newest, in Chinese": "原始邮件\n发件人：客服 <a@b.cn>\n发件时间：2026年11月23日 10:00\n旧",
    "Foxmail of old": "======= 2026-11-23 10:00:00 您在来信中写道：=======\n\n旧\n\n= = = = = = =\n致\n礼！",
    "GroupWise": ">>> Desk <a@b.cn> 11/23/2026 10:00 AM >>>\n旧",
    "GroupWise without an address": '>>> "Desk" 23.11.2026 10:00 >>>\n旧',
    "another desk": "##- Please type your reply above this line -##\n\n旧",
    "another desk in Chinese": "=== 请在此行上方回复 ===\n旧",
    "another desk in German": "-- Bitte antworten Sie oberhalb dieser Linie --\n旧",
    "old Mozilla": "Customer Desk wrote:\n\n> 旧",
    "a forum": "Customer Desk via Forum wrote:\n> 旧",
    "Gmail in Arabic": "في الاثنين، ٢٣ نوفمبر ٢٠٢٦ في ١٠:٠٠ ص تمت كتابة ما يلي بواسطة Desk <a@b.cn>:\n\n> 旧",
    "Gmail in Persian": "دوشنبه ۲۳ نوامبر ۲۰۲۶ ۱۰:۰۰ Desk <a@b.cn> نوشت:\n\n旧",
    "marks alone": "> 旧\n> 更旧",
}


@pytest.mark.parametrize("program", HISTORY)
def test_the_history_below_a_reply_is_recognised(program):
    """BEHAVIOURS 29."""
    assert reply_text(f"谢谢，收到。\n第二行。\n\n{HISTORY[program]}") == "谢谢，收到。\n第二行。"


@pytest.mark.parametrize(
    "signature",
    [
        "-- \n林晓雯\n南方职业技术学院",
        "--\nSun Yue",
        "发自我的 iPhone",
        "发自我的iPad",
        "发自我的华为手机",
        "从我的 iPhone 发送",
        "来自QQ邮箱手机版",
        "—— 发自我的iPhone",
        "从移动设备发送",
        "使用 Spark 发送",
        "使用 Proton Mail 安全邮件发送。",
        "由Foxmail发送",
        "取得 iOS 版 Outlook",
        "来自钉钉专属商务邮箱------------------------------------------------------------------",
        "--\n林晓雯\n南方职业技术学院\n本邮件仅供收件人阅读。",
        "--\n*Sun Yue* | Deputy Head of Continuing Education | College of the South | Tel. 5550100",
        "--\n* Sun Yue*\nDeputy Head",
        "从 Windows 版邮件发送",
        "发送自 Windows 10 版邮件应用",
        "获取 Outlook for iOS<https://aka.ms/o0ukef>",
        "获取适用于 Android 的 Outlook",
        "Get Outlook for Android",
        "Sent from my iPhone",
        "Sent from Mail for Windows",
        "Von meinem iPhone gesendet",
        "此邮件由钉钉邮箱发送",
        "휴대폰에서 보낸 메일입니다.",
        "本邮件不含病毒。www.avast.com",
        "_____________________\ncenters mailing list\ncenters@lists.b.example",
        "| |\n陈建国\n|\n|\na@b.cn\n|\n签名由网易邮箱大师定制",
        "| |\n陈建国\n|\n|\na@b.cn\n|\n签名由网易灵犀办公定制",
    ],
)
def test_signatures_of_programs_are_left_out(signature):
    assert (
        reply_text(f"好的。\n\n{signature}\n\n------------------ 原始邮件 ------------------\n旧")
        == "好的。"
    )


@pytest.mark.parametrize(
    "words",
    [
        "来自北京的考生共有 20 名。",
        "王老师在 2026 年 11 月 20 日的邮件里写道：\n考试改期了，请确认。",
        "在2026年11月20日的通知里，办公室写道：\n考试改期。这是真的吗？",
        "请填写：\n发件人：张三\n然后寄出。",
        "时间: 周一\n地点: 三楼\n主题: 揭牌",
        "- 第一项\n- 第二项\n-- 不是签名",
        "价格 > 400 元",
        "Look here:\n>>> rules of 2026 at 10:00 <<<\nand sign.",
        "Read this first:\n>>> http://www.b.example/rules <<<\nand then sign.",
        "On Monday I wrote:\nplease confirm",
        "流程如下：\n--" + "\n下一步" * 30,
        "From: Beijing\nTo: Shanghai\nby train",
        "请按此发证：\n发件人：南方学院\n收件人：林晓雯\n日期：2026-11-20\n主题：证书\n谢谢",
        "We book:\nFrom: Beijing\nTo: Shanghai\nDate: 20 November\nby train",
        "快递单如下：\n寄件人：南方学院\n收件人：考试处\n时间：2026-11-20 10:00\n单号：SF100\n请签收",
        "We fly:\nFrom: Beijing\nTo: Shanghai\nDate: 20 November 2026, 10:00 AM\nwith two people",
        "第一，何时缴费？\n--\n第二，证书怎样领取？\n谢谢",
        "已付款。\n\n--\n补充：发票抬头是南方学院",
        "需要的材料\n--\n1. 申请表\n2. 培训记录",
        "需要的材料\n--\n* 申请表\n* 培训记录",
        "证书已寄出。\n通过 EMS 发送",
        "请确认寄送方式：\n使用邮件发送",
        "The page says to reply above this line, but which one?",
        "Two ways:\n__________\nthe mailing list, or letters\n__________\nWhich is better?",
        "使用手机号注册的账号无法登录，请协助处理一下，谢谢老师",
    ],
)
def test_a_persons_own_words_are_not_taken_for_history(words):
    """BEHAVIOURS 29: nothing is lost; when in doubt more is kept."""
    assert reply_text(words) == words


@pytest.mark.parametrize("line", ["——————————", "------------------", "———", "_____"])
def test_a_drawn_line_above_the_writers_own_name_begins_a_signature(line):
    card = f"好的。\n\n{line}\n\n林 晓雯 | 教务处\n电话：010-5550100"
    assert reply_text(f"{card}\n\n{HISTORY['Foxmail in English']}", writer="林晓雯") == "好的。"
    assert reply_text(card, writer="王老师") == card
    asked = f"好的。\n\n{line}\n林晓雯的证书何时寄出？"
    assert reply_text(asked, writer="林晓雯") == asked


def test_the_blank_behind_the_dashes_makes_sure_that_a_signature_follows():
    """RFC 3676, 4.3."""
    assert mail("Fine.\r\n-- \r\nAny questions?").reply_text == "Fine."
    asked = mail("Fine.\r\n--\r\nAny questions?")
    assert asked.reply_text == asked.text == "Fine.\n--\nAny questions?"


def test_answers_between_quoted_lines_stay_with_what_they_answer():
    text = "See below.\n\n> one?\n\nyes\n\n> two?\n\nno\n\n> bye"
    assert reply_text(text) == "See below.\n\n> one?\n\nyes\n\n> two?\n\nno"


def test_answers_below_a_quoted_call_to_stay_above_are_kept():
    text = "> ## Please reply above this line ##\n> When is the exam?\n\nOn Friday."
    assert reply_text(text) == "On Friday."


def test_a_day_and_a_name_as_alpine_writes_them_stand_above_a_quote_and_its_answer():
    text = "On Mon, 23 Nov 2026, Customer Desk wrote:\n\n> When?\n\nOn Friday."
    assert reply_text(text) == "On Friday."


def test_an_answer_below_the_quote_stands_alone():
    assert (
        reply_text("On 2026-11-23 10:00, A wrote:\n> one?\n> two?\n\nyes to both") == "yes to both"
    )


def test_words_above_and_below_a_quote_are_both_kept():
    assert reply_text("Hello,\n\n> one?\n\nyes") == "Hello,\n\nyes"


@pytest.mark.parametrize(
    "text", ["> only\n> quotes", "------ 原始邮件 ------\n旧", "发自我的 iPhone", ""]
)
def test_a_mail_without_anything_new_is_shown_whole(text):
    assert reply_text(text) == text


def test_history_is_not_looked_for_below_more_than_anybody_writes():
    """BEHAVIOURS 25: a log of a million lines costs no more than one of ten thousand."""
    log = "\n".join(f"row {number}" for number in range(10_000))
    whole = f"{log}\n{HISTORY['old Outlook']}"
    assert reply_text(whole) == whole


def test_a_forward_is_kept_whole():
    text = "请看\n\n发件人: a\n发送时间: b\n收件人: c\n主题: d\n内容\n\n发自我的 iPhone"
    assert reply_text(text, forwarded=True) == text
    assert reply_text(f"FYI\n\n---------- Forwarded message ---------\n{text}").endswith("iPhone")


def test_a_forward_within_the_quote_is_history():
    """BEHAVIOURS 29."""
    history = "> FYI\n>\n> ---------- Forwarded message ---------\n> From: x\n> old"
    assert reply_text(f"Agreed.\n\nOn 2026-11-23 10:00, A wrote:\n{history}") == "Agreed."


@given(
    st.lists(
        st.sampled_from(
            [*HISTORY.values(), "我的话", "> 引用", "", "-- ", "发自我的 iPhone", "写道："]
        ),
        max_size=8,
    )
)
def test_every_mail_keeps_something_to_read(pieces):
    text = "\n".join(pieces)
    found = reply_text(text)
    assert bool(found.strip()) == bool(text.strip())
    assert len(found) <= len(text) + len(pieces)


@given(st.text(max_size=300))
def test_no_text_stops_the_search_for_quotes(text):
    reply_text(text)
