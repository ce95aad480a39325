"""Languages: which one a page speaks, and the words it takes from the catalogues.

The sources are English. A language's words lie in ``translations/<language>/``,
one catalogue for each area of the desk; they are compiled in memory when the
language is first spoken, so that no compiled file can be older than its source.
Everybody imports ``gettext`` and its kin from here, where they are typed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache, wraps
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import flask_babel  # type: ignore[import-untyped]
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from jinja2 import pass_context

CATALOGUES = Path(__file__).parent / "translations"
LANGUAGES = {"zh": "简体中文", "en": "English"}
COOKIE = "lang"

_ACCEPTED = ("zh-CN", "zh-Hans", "zh", "en")


def init_app(app: Flask, *, default: str, chosen: Callable[[], str | None]) -> None:
    """Install the languages; ``chosen`` returns what the signed-in person set, if anything."""
    babel = flask_babel.Babel()
    babel.init_app(app, default_locale=default, locale_selector=lambda: select(chosen()))
    babel.domain_instance = CatalogueDomain()
    # straight to the words: a page asks several hundred times
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: words(language()).gettext(message),
        ngettext=lambda one, many, num: words(language()).ngettext(one, many, num),
        newstyle=True,
    )
    app.context_processor(
        lambda: {"language": language(), "languages": LANGUAGES, "page_lang": page_lang()}
    )


def select(chosen: str | None) -> str | None:
    """Return the language of this request; None leaves it to the configuration.

    The person's own choice goes before the browser's cookie, and that before
    what the browser accepts. Outside a request only a choice counts.
    """
    if chosen in LANGUAGES:
        return chosen
    if not has_request_context():
        return None
    cookie = request.cookies.get(COOKIE)
    if cookie in LANGUAGES:
        return cookie
    best = request.accept_languages.best_match(_ACCEPTED)
    return best.partition("-")[0] if best else None


def language() -> str:
    """Return the code of the language now spoken, ``en`` outside the application."""
    try:  # past the proxy, by Werkzeug's documented way: a page asks eight hundred times
        kept = g._get_current_object()  # noqa: SLF001
    except RuntimeError:
        return "en"
    spoken = kept.get("_flask_babel")  # where Flask-Babel keeps what it found out
    locale = getattr(spoken, "babel_locale", None) or flask_babel.get_locale()
    return str(locale.language)


def page_lang() -> str:
    """Return the value of the page's ``lang`` attribute (BCP 47)."""
    return "zh-CN" if language() == "zh" else language()


def speaking(code: str | None) -> AbstractContextManager[None]:
    """Speak another language for a while: a mail is written in its reader's."""
    return cast(
        "AbstractContextManager[None]",
        flask_babel.force_locale(code if code in LANGUAGES else language()),
    )


def spoken(say: Callable[..., str]) -> Callable[..., str]:
    """Make a filter for templates of what says something in the reader's language.

    What a plain filter makes of a constant, as in ``"open"|label("status")``, Jinja works out
    once, when it compiles the template, and keeps for every reader.
    """

    @pass_context
    @wraps(say)
    def said(_context: object, *arguments: object, **options: object) -> str:
        return say(*arguments, **options)

    return said


def gettext(message: str, **values: object) -> str:
    """Return the message in the current language."""
    told = words(language()).gettext(message)
    return told % values if values else told


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """Return the message in the current language, in the form that fits ``num``."""
    told = words(language()).ngettext(singular, plural, num)
    return told % {"num": num, **values}


def lazy_gettext(message: str, **values: object) -> Any:
    """Return a value that becomes the message in the reader's language when it is shown."""
    return flask_babel.lazy_gettext(message, **values)


class CatalogueDomain(flask_babel.Domain):  # type: ignore[misc]
    """Takes its words from all catalogues of a language at once."""

    def get_translations(self) -> NullTranslations:
        """Return the words of the current language; English needs none."""
        return words(language())


@cache
def words(code: str) -> NullTranslations:
    """Return the merged catalogues of a language, compiled once in each process."""
    merged = Catalog(locale=code)
    for file in sorted((CATALOGUES / code).glob("*.po")):
        for message in read_catalogue(file):
            if message.id:
                merged.add(message.id, message.string, context=message.context)
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return Translations(compiled)


def read_catalogue(file: Path) -> Catalog:
    """Read one ``.po`` file; its language is the name of its folder."""
    with file.open("rb") as lines:
        return read_po(lines, locale=file.parent.name)
