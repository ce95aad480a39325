"""Uploaded pictures: judged by their content, drawn anew, and never larger than is good."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from helpdesk.errors import Refusal, TooLarge
from helpdesk.services.help_center import pictures


def picture(kind="PNG", size=(40, 30), mode="RGB", **more) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "blue").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [("PNG", "image/png"), ("GIF", "image/png"), ("WEBP", "image/png"), ("JPEG", "image/jpeg")],
)
def test_a_picture_is_drawn_anew_whatever_it_is_called(kind, becomes):
    drawn = pictures.redraw(picture(kind))

    assert drawn.content_type == becomes
    assert (drawn.width, drawn.height) == (40, 30)
    with Image.open(BytesIO(drawn.data)) as image:
        assert image.size == (40, 30)


def test_nothing_but_the_pixels_is_kept():
    where = Image.Exif()
    where[0x010E] = "taken at the office"
    where[0x0112] = 6  # turned by a quarter
    photo = picture("JPEG", exif=where) + b"<script>alert(1)</script>"

    drawn = pictures.redraw(photo)

    assert b"taken at" not in drawn.data
    assert b"script" not in drawn.data
    assert (drawn.width, drawn.height) == (30, 40)


def test_a_large_picture_is_made_smaller():
    drawn = pictures.redraw(picture(size=(4000, 2000)))

    assert (drawn.width, drawn.height) == (1600, 800)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.4",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"GIF89a<script>alert(1)</script>",
        picture(size=(500, 500))[:400],
        picture("BMP"),
        picture("TIFF"),
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(Refusal) as refused:
        pictures.redraw(data)

    assert refused.value.code == "no_picture"
    assert refused.value.field == "picture"


def test_a_bomb_of_a_few_bytes_is_not_unpacked():
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    )

    with pytest.raises(TooLarge):
        pictures.redraw(bomb)


def test_too_many_bytes_are_refused_unread():
    with pytest.raises(TooLarge):
        pictures.redraw(b"\x89PNG" + b"0" * pictures.MOST_BYTES)
