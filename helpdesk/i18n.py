"""Languages: which one a page speaks, and the words it takes from the catalogues.

The sources are English. A language's words lie in ``translations/<language>/``,
one catalogue for each area of the desk; they are compiled in memory when the
language is first spoken, so that no compiled file can be older than its source.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale

CATALOGUES = Path(__file__).parent / "translations"
LANGUAGES = {"zh_Hans_CN": "简体中文", "en": "English"}
COOKIE = "lang"

_ACCEPTED = {"zh-CN": "zh_Hans_CN", "zh-Hans": "zh_Hans_CN", "zh": "zh_Hans_CN", "en": "en"}


def init_app(app: Flask, *, chosen: Callable[[], str | None] = lambda: None) -> None:
    """Install the languages; ``chosen`` returns what the signed-in person set, if anything."""
    babel = Babel()
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "zh_Hans_CN")
    babel.init_app(app, locale_selector=lambda: select_locale(chosen()))
    babel.domain_instance = CatalogueDomain()
    app.context_processor(lambda: {"page_lang": html_lang(), "languages": LANGUAGES})


def select_locale(chosen: str | None) -> str | None:
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
    best = request.accept_languages.best_match(list(_ACCEPTED))
    return _ACCEPTED[best] if best else None


def html_lang() -> str:
    """Return the value of the page's ``lang`` attribute (BCP 47)."""
    return "en" if str(get_locale()).startswith("en") else "zh-CN"


class CatalogueDomain(Domain):
    """Takes its words from all catalogues of a language at once."""

    def get_translations(self) -> Translations | NullTranslations:
        """Return the words of the current language; English needs none."""
        locale = get_locale()
        return words(locale.language) if locale else NullTranslations()


@cache
def words(language: str) -> Translations | NullTranslations:
    """Return the merged catalogues of a language, compiled once in each process."""
    files = sorted((CATALOGUES / language).glob("*.po"))
    if not files:
        return NullTranslations()
    merged = Catalog(locale=language)
    for file in files:
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
