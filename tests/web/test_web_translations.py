"""Every word of the pages has its Chinese, and no catalogue carries what nobody says."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

from helpdesk.i18n import CATALOGUES, read_catalogue, speaking, words

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "_l": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
FILES = sorted((CATALOGUES / "zh").glob("*.po"))

Id = str | tuple[str, ...]


def spoken() -> set[Id]:
    """Return every message of the code and the templates."""
    found: set[Id] = set()
    for folder, method in (("helpdesk", "python"), ("templates", "jinja2")):
        pattern = "**.py" if method == "python" else "**.*"
        options = {pattern: {"trimmed": "true", "silent": "false"}} if method == "jinja2" else {}
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, [(pattern, method)], options, KEYWORDS
        ):
            found.add(message)
    return found


def translated() -> dict[Id, Id]:
    return {m.id: m.string for file in FILES for m in read_catalogue(file) if m.id}


def test_every_message_of_the_pages_has_its_chinese() -> None:
    missing = sorted(spoken() - set(translated()), key=str)

    assert not missing


def test_no_catalogue_translates_what_nobody_says() -> None:
    dead = sorted(set(translated()) - spoken(), key=str)

    assert not dead


def test_no_message_is_translated_in_two_catalogues() -> None:
    times = Counter(m.id for file in FILES for m in read_catalogue(file) if m.id)

    assert [message for message, count in times.items() if count > 1] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_translations_keep_every_placeholder(file: Path) -> None:
    for message in read_catalogue(file):
        forms = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(PLACEHOLDER.findall(forms[-1]))
        for string in strings if message.id else ():
            assert string, f"{message.id} has no translation"
            assert set(PLACEHOLDER.findall(string)) == wanted, message.id


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_translation_is_marked_as_doubtful(file: Path) -> None:
    catalogue: Catalog = read_catalogue(file)

    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


def test_the_merged_words_answer_in_chinese_and_english_needs_none() -> None:
    assert words("zh").gettext("Sign in") == "登录"
    assert words("zh").ngettext("%(num)s change", "%(num)s changes", 3) == "%(num)s 项变更"
    assert words("en").gettext("Sign in") == "Sign in"


def test_what_a_template_says_of_a_constant_follows_each_reader(app) -> None:
    template = app.jinja_env.from_string('{{ "open"|label("status") }}')

    told = []
    for language in ("zh", "en"):
        with speaking(language):
            told.append(template.render())

    assert told == ["处理中", "Open"]
