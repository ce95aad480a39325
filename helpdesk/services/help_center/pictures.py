"""Uploaded pictures, judged by their content and drawn anew before anybody sees them.

What comes out holds the pixels and nothing else: no metadata (where a photograph was
taken), no second format hidden behind the first, no bytes after the end.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from helpdesk.errors import Refusal, TooLarge
from helpdesk.i18n import lazy_gettext as _

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
"""Decoding one pixel takes four bytes; a bomb of a few kilobytes would take gigabytes."""
WIDEST = 1600
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may be shown."""

    data: bytes
    content_type: str
    width: int
    height: int


def redraw(data: bytes, *, field: str = "picture", widest: int = WIDEST) -> Picture:
    """Return the picture drawn anew, at most ``widest`` pixels wide and high.

    Raises Refusal for what is no picture of ``FORMATS``, TooLarge for too many bytes
    or pixels.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge(
            "picture_too_large", _("A picture may have up to 8 MB; please shrink it."), field=field
        )
    image = _opened(data, field)
    try:
        return _drawn(image, widest)
    except (OSError, SyntaxError, ValueError) as error:  # cut off, or damaged further in
        raise _not_a_picture(field) from error


def _opened(data: bytes, field: str) -> Image:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - only who uploads pays for it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # large ones are judged below, by our own limit
            image = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise _too_many_pixels(field) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise _not_a_picture(field) from None
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels(field)
    return image


def _drawn(image: Image, widest: int) -> Picture:
    from PIL import ImageOps  # noqa: PLC0415

    upright = ImageOps.exif_transpose(image)  # cameras write the turn into the metadata
    photograph = image.format == "JPEG"
    plain = upright.convert("RGB" if photograph else "RGBA")
    plain.thumbnail((widest, widest))
    plain.info.clear()
    out = BytesIO()
    if photograph:
        plain.save(out, "JPEG", quality=_QUALITY, optimize=True)
    else:
        plain.save(out, "PNG", optimize=True)
    kind = "image/jpeg" if photograph else "image/png"
    return Picture(out.getvalue(), kind, plain.width, plain.height)


def _not_a_picture(field: str) -> Refusal:
    return Refusal(
        "no_picture", _("That is no picture. Choose a PNG, JPEG, GIF or WebP file."), field=field
    )


def _too_many_pixels(field: str) -> Refusal:
    return TooLarge(
        "picture_too_large",
        _("This picture has too many pixels; please make it smaller."),
        field=field,
    )
