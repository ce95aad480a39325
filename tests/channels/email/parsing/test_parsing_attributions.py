"""The line that introduces a quote, in the languages and shapes that programs write it."""

from __future__ import annotations

import pytest

from channels.email.quotes import reply_text

INTRODUCTIONS = {
    "Gmail in Russian": "пн, 23 нояб. 2026 г. в 10:05, Desk <desk@b.example>:",
    "Gmail in Russian, older": "23 ноября 2026 г., 10:05 пользователь Desk <desk@b.example> написал:",
    "Gmail in Korean": "2026년 11월 23일 (월) 오전 10:05, Desk <desk@b.example>님이 작성:",
    "Gmail in Japanese": "2026年11月23日(月) 10:05 Desk <desk@b.example>:",
    "Gmail in Czech": "po 23. 11. 2026 v 10:05 odesílatel Desk <desk@b.example> napsal:",
    "Gmail in Hungarian": "Desk <desk@b.example> ezt írta (időpont: 2026. nov. 23., H, 10:05):",
    "Gmail in Turkish": "Desk <desk@b.example>, 23 Kas 2026 Pzt, 10:05 tarihinde şunu yazdı:",
    "Gmail in Polish": "pon., 23 lis 2026 o 10:05 Desk <desk@b.example> napisał(a):",
    "Gmail in Danish": "man. 23. nov. 2026 kl. 10.05 skrev Desk <desk@b.example>:",
    "Gmail in Vietnamese": "Vào Th 2, 23 thg 11, 2026 vào lúc 10:05 Desk <desk@b.example> đã viết:",
    "Gmail in Thai": "ในวันที่ จ. 23 พ.ย. 2026 เวลา 10:05 Desk <desk@b.example> เขียนว่า:",
    "Gmail in Arabic": "في الاثنين، 23 نوفمبر 2026 في 10:05 ص كتب Desk <desk@b.example>:",
    "Gmail in Hebrew": "\u202bבתאריך 23 בנוב׳ 2026 ב-10:05 מאת Desk\u200f <\u202adesk@b.example\u202c>:\u202c",
    "Gmail in German, the name first": "Desk <desk@b.example> schrieb am Mo., 23.\nNov. 2026, 10:05:",
    "Gmail in Finnish, wrapped": "ma 23. marrask. 2026 klo 10.05 Desk\n<desk@b.example> kirjoitti:",
    "Gmail of ten years ago": "2014-10-17 11:28 GMT+08:00 张三 <zhang@b.example>:",
    "Gmail of ten years ago, wrapped": "2014-10-17 11:28 GMT+08:00 Customer Desk <\ndesk@b.example>:",
    "Freshdesk, without a year": "On Mon, 23 Nov at 10:05 AM , Desk <desk@b.example> wrote:",
    "a Japanese program": "2026/11/23 10:05 受付さんは書きました:",
    "Yandex": '23.11.2026, 10:05, "Desk" <desk@b.example>:',
    "Yahoo classic": "--- On Mon, 11/23/26, Desk <desk@b.example> wrote:",
    "Zoho": "---- On Mon, 23 Nov 2026 10:05:00 +0800 desk@b.example wrote ----",
    "Notes": "Desk <desk@b.example> wrote on 11/23/2026 10:05:00 AM:",
    "Apple Mail in Dutch": "Op 23 nov. 2026, om 10:05 heeft Desk <desk@b.example> het volgende geschreven:",
    "Apple Mail in Norwegian": "På 23. november 2026 på 10:05:18, Desk (desk@b.example) skrev:",
    "Thunderbird in German, politely": "Am 23.11.2026 um 10:05 schrieben Sie:",
    "Apple Mail in Japanese": "2026/11/23 10:05、受付のメール:",
    "Apple Mail in Korean, without an address": "2026. 11. 23. 오전 10:05, 접수처 작성:",
    "a program that forgot the colon": "On Mon, 23 Nov 2026 10:05:00 +0800 Desk <desk@b.example> wrote",
    "Android": "---- Customer Desk wrote ----",
    "Android in German": "-------- Customer Desk schrieb --------",
    "Thunderbird in Hungarian": "2026. 11. 23. 10:05 keltezéssel, Desk a következőt írta:",
    "Thunderbird in Hungarian, newer": "2026-11-23 10:05 keltezéssel, Desk írta:",
    "Thunderbird in Slovak": "Dňa 23. 11. 2026 o 10:05 Desk napísal(a):",
    "Thunderbird in Polish": "W dniu 2026-11-23 o 10:05, Desk pisze:",
}
ZH = '在 2026-11-23 10:00:00，"客服" <desk@b.example> 写道：'
EN = "On Mon, Nov 23, 2026 at 10:05 AM Desk <desk@b.example> wrote:"


@pytest.mark.parametrize("program", INTRODUCTIONS)
@pytest.mark.parametrize("history", ["\n> earlier", "\n\nearlier"], ids=["marked", "unmarked"])
def test_an_introduction_is_known_in_any_language(program, history):
    """BEHAVIOURS 29."""
    assert reply_text(f"已阅，同意。\n\n{INTRODUCTIONS[program]}\n{history}") == "已阅，同意。"


@pytest.mark.parametrize("introduction", [ZH, EN])
@pytest.mark.parametrize(
    "words", ["请发到 wang@c.example", "1. 见附件", "2026年11月的考试", "At 10:00 I came by"]
)
def test_words_right_above_an_introduction_are_the_writers(words, introduction):
    assert reply_text(f"{words}\n{introduction}\n\n> earlier") == words


@pytest.mark.parametrize(
    ("words", "behind"),
    [
        ("Thank you, agreed.", f" {EN}"),
        ("agreed", f"--- {EN}"),
        ("同意。", ZH),
        ("同意！", f" 2026年11月23日 10:00，{ZH.partition('，')[2]}"),
    ],
)
def test_words_on_the_same_line_as_an_introduction_are_the_writers(words, behind):
    assert reply_text(f"第一行\n{words}{behind}\n\n> earlier") == f"第一行\n{words}"
    assert reply_text(f"{words}{behind}\n\nearlier") == words


def test_a_log_that_somebody_cites_in_a_sentence_is_no_history():
    text = "The log is odd. On 23 Nov 2026 at 10:05 the server wrote:\nout of space\nPlease help."
    assert reply_text(text) == text


def test_a_day_and_an_address_introduce_only_what_is_marked_as_quoted():
    line = "2026/11/23 Desk <desk@b.example>"
    assert reply_text(f"Fine.\n{line}\n\n> earlier") == "Fine."
    assert reply_text(f"Please ask\n{line}\n\nThank you") == f"Please ask\n{line}\n\nThank you"


@pytest.mark.parametrize(
    "line",
    [
        "Desk <desk@b.example> wrote:",
        "Desk (desk@b.example) schrieb:",
        "On 23 November 2026, Desk wrote:",
        "El lunes, 23 de noviembre de 2026, Desk escribió:",
        "понедельник, 23 ноября 2026 г. пользователь Desk написал:",
        "In message <1a@b.example>, Desk writes:",
        "2016-11-23 10:05 GMT+08:00 Desk",
        "On 23 November 2026, Desk said:",
        "Desk kirjoitti 23.11.2026 kello 10:05:",
        "On Mon, Nov 23, Customer Desk\n<desk@b.example>\nwrote:",
        "Quoting Desk <desk@b.example>:",
        "引用 客服 <desk@b.example>:",
        "23 Nov 2026, 10:05 by desk@b.example:",
    ],
)
def test_an_introduction_may_say_less_where_only_a_marked_quote_follows(line):
    """BEHAVIOURS 29."""
    assert reply_text(f"Agreed.\n\n{line}\n\n> earlier\n>\n> words") == "Agreed."
    unmarked = f"Agreed.\n\n{line}\n\nearlier"
    assert reply_text(unmarked) == unmarked


def test_a_day_that_a_person_put_above_a_quote_to_ask_about_it_stays():
    text = "See below.\n\nOn 20 November 2026 the office wrote:\n{}\n\nIs that so?"
    assert reply_text(text.format("> No exam.")) == text.format("").replace("\n\n\n", "\n\n")


@pytest.mark.parametrize(
    "text",
    [
        "Hi,\nOn the other hand, on 2026-11-23 10:00 we wrote to you about the rooms:\nnothing came.",
        "The rooms are free at\n2026-11-24 14:30:25\n24.11.2026 15:00\nPick one:\nA or B",
        "On Friday it failed.\n\nAt 10:30 I tried again, and then:\nthe same.",
        "On 23 Nov at 10:05 your engineer wrote:\nthe printer is broken\nIs that so?",
        "As the office wrote on 20 November 2026 at 10:00:\nThe rooms are closed.\nIs that so?",
        "--- what Ann wrote ---\nplease keep it",
    ],
)
def test_prose_with_dates_is_no_introduction(text):
    assert reply_text(text) == text


@pytest.mark.parametrize(
    "block",
    [
        "Lähettäjä: D <d@b.example>\nLähetetty: ma\nVastaanottaja: W\nAihe: A",
        "Kimden: D <d@b.example>\nGönderildi: Pzt\nKime: W\nKonu: A",
        "Od: D <d@b.example>\nOdesláno: po\nKomu: W\nPředmět: A",
        "Feladó: D <d@b.example>\nElküldve: h\nCímzett: W\nTárgy: A",
        "Від: D <d@b.example>\nНадіслано: пн\nКому: W\nТема: A",
        "Từ: D <d@b.example>\nĐã gửi: T2\nĐến: W\nChủ đề: A",
        "Dari: D <d@b.example>\nTerkirim: Senin\nKepada: W\nPerihal: A",
        "________________________________\nFrom: d@b.example\nDate: Mon, 23 Nov 2026",
        "Date: Mon, 23 Nov 2026 10:05 +0800 From: d@b.example To: Wang Subject: Exam",
        "寄件人: 客服 <d@b.example>\n日期: 2026年11月23日 週一\n收件人: 王\n主題: 考試",
        "发件人：客服 <d@b.example>  发送时间：2026-11-23 10:05  收件人：王  主题：考试",
        "From: D <d@b.example>\n\nSent: Mon\n\nTo: W\n\nSubject: Exam",
        "Fra: D <d@b.example>\n\nDato: man\n\nTil: W\n\nEmne: A",
        "发信人: D <d@b.example>\n\n发送时间: 周一\n\n收信人: W\n\n标题: A",
        "From: D <d@b.example>\nTo: W <w@b.example>; Office\n<office@b.example>\nSent: Mon",
    ],
)
def test_a_block_of_headers_is_known_in_more_languages_and_shapes(block):
    """BEHAVIOURS 29."""
    assert reply_text(f"Agreed.\n\n{block}\n\nearlier") == "Agreed."


def test_a_label_that_a_person_wrote_is_not_taken_for_the_block_below_it():
    """BEHAVIOURS 29: what stands between the two is the writer's."""
    words = "From: Chengdu\nwe travel on Monday.\n\nPlease confirm."
    block = "From: D <d@b.example>\nSent: Mon\nTo: W\nSubject: Exam"
    assert reply_text(f"{words}\n\n{block}\n\nearlier") == words


@pytest.mark.parametrize(
    "line",
    [
        "-----Original Nachricht-----",
        "-------- 원본 이메일 --------",
        "-----元のメール-----",
        "---- 回复的邮件 ----",
        "-----原郵件-----",
        "------原始邮件信息------",
        "------------------ 原邮件内容 ------------------",
        "-----Izvorna poruka-----",
        "-----Tin nhắn gốc-----",
        "*----- Original Message -----*",
    ],
)
def test_a_separator_is_known_in_more_languages(line):
    """BEHAVIOURS 29."""
    assert reply_text(f"Agreed.\n\n{line}\n\nearlier") == "Agreed."


@pytest.mark.parametrize(
    "line",
    [
        "Début du message transféré :",
        "Inicio del mensaje reenviado:",
        "Begin doorgestuurd bericht:",
        "転送されたメッセージ：",
        "-------- 转发的消息 --------",
        "---------- Przekazana wiadomość ----------",
    ],
)
def test_a_forward_is_kept_whole_in_more_languages(line):
    text = f"Please see.\n\n{line}\n\nDe: D <d@b.example>\nDate: x\nÀ: W\nObjet: y\n\nwords"
    assert reply_text(text) == text


@pytest.mark.parametrize(
    "line",
    [
        "Télécharger Outlook pour iOS<https://aka.example/o0u>",
        "Gesendet von Outlook für Android<https://aka.example/AAb>",
        "Verstuurd vanaf mijn iPhone",
        "iPhoneから送信",
        "나의 iPhone에서 보냄",
        "Надіслано з iPhone",
        "Von meinem Mobiltelefon gesendet",
        "Inviato dal mio iPad",
        "Enviado do meu telefone",
        "Отправлено из мобильной Почты Mail.example",
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "(sent from a phone)",
        "From my iPhone 15 Pro",
        "Sent from my mobile. Please excuse typos",
        "[Sent from Yahoo Mail for iPhone](https://aka.example/f0)",
        "Get Outlook for iOShttps://aka.example/o0u",
        "Hanki Outlook for Android",
        "Outlook für iOS beziehen<https://aka.example/o0u>",
        "Скачать Outlook для iOS",
        "iOS 版 Outlook を入手",
        "Dikirim dari iPhone saya",
        "Đã gửi từ iPhone của tôi",
        "ส่งจาก iPhone ของฉัน",
        "נשלח מה-iPhone שלי",
        "由iPhone发送",
        "此邮件由 Spark 发送",
        "我的iPhone發送",
        "寄件自我的 iPhone",
        "從我的 Samsung Galaxy 智慧型手機傳送。",
        "Sent via the Samsung Galaxy S20 5G, an AT&T 5G smartphone",
    ],
)
def test_what_a_phone_signs_is_dropped_in_more_languages(line):
    assert reply_text(f"Agreed.\n\n{line}") == "Agreed."


@pytest.mark.parametrize(
    "line",
    [
        "使用手机号注册失败",
        "通过邮箱找回密码失败",
        "来自华为的培训人员共20人",
        "通过邮箱发送",
        "下载 Outlook 失败，怎么办",
        "Von meinem Handy geht es nicht",
        "Sent via DHL on Monday, tracking 123",
        "Sent from our office in Beijing.",
        "From my phone it does not work",
        "Sent from my desk, which is faster than my phone",
        "Inviato da casa, non dal telefono",
        "Envoyé depuis hier avec mon téléphone",
        "Gesendet von Herrn Li per Mail gestern",
        "Get Outlook to work again please.",
        "Sent via DHL",
        "Sent via WeChat.",
        "已从邮箱发送",
        "我的邮箱无法发送",
        "我的手机收不到验证码",
        "从 Outlook 下载",
    ],
)
def test_a_last_line_about_phones_and_mail_is_the_writers(line):
    """BEHAVIOURS 29: nothing is lost."""
    assert reply_text(f"老师您好：\n\n{line}") == f"老师您好：\n\n{line}"
