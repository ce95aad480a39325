"""A thousand mails as centers write them: the same for the same seed."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.header import Header
from email.utils import format_datetime, formataddr

DESK = "service@office.test"
SENDERS = 200
ATTACHED_BYTES = 20_000
KINDS = {"plain": 30, "html": 20, "attachment": 10, "gbk": 10, "gb18030": 10, "reply": 20}
"""How many of a hundred mails are of which kind; together about 6 kB on average."""

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
SUBJECTS = (
    "揭牌仪式安排",
    "机房装饰布置验收",
    "师资培训报名",
    "教材与课件申请",
    "认证考试准考证",
    "考生就业指导讲座",
    "优秀作品推广",
)
SENTENCES = (
    "老师您好，我们中心计划下个月组织一次移动互联网开发工程师认证考试。",
    "请问准考证什么时候可以下载，考生名单应当如何上传？",
    "机房一共有四十五台计算机，网络为百兆光纤，投影设备已经调试完毕。",
    "上一批教材收到了，其中中级开发教程少了十二本，请核对发货清单。",
    "师资培训的报名表已按要求填写，讲师证书复印件见附件。",
    "揭牌仪式拟定在周五上午九点半，届时请管理办公室派代表出席。",
    "考试费用已于昨日汇出，汇款凭证编号为 20261120，请查收。",
    "学生反映成绩查询页面打不开，提示系统繁忙，请协助处理。",
    "另外想咨询一下补考的安排以及缴费的标准。",
    "如有需要补充的材料，请直接电话联系我们，谢谢！",
)


def corpus(count: int, *, latest: datetime, seed: int = 20_261_123) -> list[bytes]:
    """Return raw mails, oldest first, one every few seconds until ``latest``."""
    chance = random.Random(seed)
    sent: list[tuple[str, str]] = []
    mails = []
    for number in range(count):
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        date = latest - timedelta(seconds=5 * (count - number))
        identity = f"<{number}.{chance.getrandbits(64):x}@mail.test>"
        answered = chance.choice(sent) if sent and kind == "reply" else None
        subject = f"Re: {answered[1]}" if answered else f"{chance.choice(SUBJECTS)} {number}"
        head = [
            *_head(chance, subject, identity, date, charset="gbk" if kind == "gbk" else "utf-8"),
            *(_answering(answered[0]) if answered else []),
        ]
        sent.append((identity, subject.removeprefix("Re: ")))
        mails.append(_mail(head, _body(chance, kind, number)))
    return mails


def _head(
    chance: random.Random, subject: str, identity: str, date: datetime, *, charset: str
) -> list[str]:
    who = chance.randrange(SENDERS)
    name = SURNAMES[who % 20] + GIVEN[who // 20] + GIVEN[who % 7]
    sender = f"contact{who}@college{who % 40}.test"
    return [
        f"Received: from mx.college{who % 40}.test by mail.office.test;\r\n\t{format_datetime(date)}",
        f"From: {formataddr((name, sender), charset)}",
        f"To: {formataddr(('认证管理办公室', DESK), charset)}",
        f"Subject: {Header(subject, charset).encode()}",
        f"Date: {format_datetime(date)}",
        f"Message-ID: {identity}",
        "X-Mailer: Foxmail 7.2.25.213[cn]",
        "MIME-Version: 1.0",
    ]


def _answering(identity: str) -> list[str]:
    return [f"In-Reply-To: {identity}", f"References: {identity}"]


def _mail(head: Sequence[str], body: bytes) -> bytes:
    return "\r\n".join(head).encode() + b"\r\n" + body


def _body(chance: random.Random, kind: str, number: int) -> bytes:
    text = _text(chance, 30)
    if kind in ("gbk", "gb18030"):
        return _leaf("text/plain", text.encode(kind), charset=kind)
    if kind == "html":
        pages = [
            _leaf("text/plain", _text(chance, 12).encode()),
            _leaf("text/html", _html(chance).encode()),
        ]
        return _container("alternative", pages, number)
    if kind == "attachment":
        file = _leaf("application/pdf", chance.randbytes(ATTACHED_BYTES), name=f"名单{number}.pdf")
        return _container("mixed", [_leaf("text/plain", _text(chance, 8).encode()), file], number)
    if kind == "reply":
        quoted = "".join(f"> {line}\r\n" for line in _text(chance, 20).splitlines())
        new = _text(chance, 6)
        return _leaf(
            "text/plain", f"{new}\r\n\r\n在 2026年11月20日，客服写道：\r\n{quoted}".encode()
        )
    return _leaf("text/plain", text.encode())


def _text(chance: random.Random, sentences: int) -> str:
    lines = chance.choices(SENTENCES, k=sentences)
    lines[chance.randrange(sentences)] += f"联系电话 1380000{chance.randrange(10_000):04}。"
    return "\r\n".join(lines)


def _html(chance: random.Random) -> str:
    rows = "".join(
        f"<tr><td style='border:1px solid'>{chance.choice(GIVEN)}</td><td>{n}</td></tr>"
        for n in range(15)
    )
    paragraphs = "".join(f"<p>{line}</p>" for line in _text(chance, 12).splitlines())
    return f"<html><body><div>{paragraphs}<table>{rows}</table></div></body></html>"


def _leaf(kind: str, data: bytes, *, charset: str = "utf-8", name: str = "") -> bytes:
    head = [f"Content-Type: {kind}; charset={charset}", "Content-Transfer-Encoding: base64"]
    if name:
        encoded = Header(name, "utf-8").encode()
        head[0] = f'Content-Type: {kind}; name="{encoded}"'
        head.append(f'Content-Disposition: attachment; filename="{encoded}"')
    lines = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + lines


def _container(kind: str, parts: Sequence[bytes], number: int) -> bytes:
    boundary = f"----=_NextPart_{number}"
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return head.encode() + body + b"--" + boundary.encode() + b"--\r\n"
