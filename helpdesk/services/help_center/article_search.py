"""Finding articles: by what somebody searches for, and by what they are about to ask.

The index holds the lexemes of what is published and nothing else, so that no search can
bring a draft to light.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from sqlalchemy import select, text
from sqlalchemy.orm import Session, contains_eager, joinedload

from helpdesk.models import ArticleText, ArticleVersion
from helpdesk.services.access import visible_articles
from helpdesk.services.desk.search_words import (
    INDEXED_CHARACTERS,
    holds,
    lexemes,
    lite_query,
    normal,
    pg_query,
    terms,
)
from helpdesk.services.help_center import markdown

MOST_FOUND = 200
MOST_WORDS = 60
"""So many words of a question are compared; what is told first tells most."""
LIKENESS = 0.16
"""The share of a question's weight that an article must share to be worth showing."""
BESIDE_THE_BEST = 0.5
"""How near to the best an article must come to be shown beside it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A published text that was found; ``title`` and ``body`` are what the public reads."""

    text: ArticleText
    title: str
    body: str

    @property
    def slug(self) -> str:
        """The article's address."""
        return self.text.article.slug


def index(session: Session, row: ArticleText, version: ArticleVersion) -> None:
    """Let a text be found by the words of a version."""
    forget(session, row)
    words = lexemes(f"{version.title}\n{markdown.words(version.body)}"[:INDEXED_CHARACTERS])
    values = {"id": row.id, "words": " ".join(sorted(words))}
    session.execute(_PG_ADD if _on_postgres(session) else _LITE_ADD, values)


def forget(session: Session, row: ArticleText) -> None:
    """Let nobody find a text any more."""
    session.flush()  # PostgreSQL's row of lexemes belongs to a text that exists
    session.execute(_PG_DROP if _on_postgres(session) else _LITE_DROP, {"id": row.id})


def search(session: Session, query: str, *, language: str, limit: int = 30) -> list[Hit]:
    """Return the published texts that hold everything in ``query``, the best first.

    Each article once, in the reader's language where it has what was searched for. A
    query of punctuation finds nothing.
    """
    wanted = terms(query)
    if not wanted:
        return []
    words = pg_query(wanted) if _on_postgres(session) else lite_query(wanted)
    ids = [number for number, _ in _matching(session, words)]
    found = [hit for hit in _load(session, ids) if holds(_whole(hit), wanted)]
    found.sort(key=lambda hit: _rank(hit, wanted, language))
    return _each_once(found)[:limit]


def related(
    session: Session, subject: str, body: str = "", *, language: str, limit: int = 3
) -> list[Hit]:
    """Return the few published articles that fit a question best; none that hardly do.

    Rare words count most, words of the subject and of an article's title more than others.
    """
    asked = _asked(subject, body)
    if not asked:
        return []
    rows = _matching(session, _any_of(asked, postgres=_on_postgres(session)))
    known = Counter(word for _, words in rows for word in words if word in asked)
    weights = {
        word: share * log(1 + MOST_FOUND / known[word])
        for word, share in asked.items()
        if known[word]
    }
    whole = sum(weights.values()) + sum(
        share * log(1 + MOST_FOUND) for word, share in asked.items() if not known[word]
    )
    scores = {
        number: sum(weights[word] for word in words if word in weights) / whole
        for number, words in rows
    }
    likely = sorted(scores, key=lambda number: -scores[number])[: limit * 6]
    hits = _load(session, likely)
    ranked = {hit.text.id: scores[hit.text.id] + _in_title(hit, weights) / whole for hit in hits}
    least = max(LIKENESS, BESIDE_THE_BEST * max(ranked.values(), default=0))
    good = [hit for hit in hits if ranked[hit.text.id] >= least]
    good.sort(key=lambda hit: (hit.text.language != language, -ranked[hit.text.id]))
    return sorted(_each_once(good), key=lambda hit: -ranked[hit.text.id])[:limit]


def _asked(subject: str, body: str) -> Mapping[str, float]:
    """Return the words of a question and how much each says."""
    words = dict.fromkeys(_telling(lexemes(body[:2000])), 1.0)
    words |= dict.fromkeys(_telling(lexemes(subject[:400])), 2.0)
    first = sorted(words, key=lambda word: -words[word])[:MOST_WORDS]
    return {word: words[word] for word in first}


def _telling(words: Iterable[str]) -> list[str]:
    """Leave out single characters, and what is said whatever one asks about."""
    return sorted(word for word in words if len(word) > 1 and word not in _SAID_ANYWAY)


def _matching(session: Session, query: str) -> Sequence[tuple[int, Sequence[str]]]:
    """Return the texts that the index has for a query, with their lexemes."""
    statement = _PG_MATCH if _on_postgres(session) else _LITE_MATCH
    rows = session.execute(statement, {"query": query, "most": MOST_FOUND})
    return [(number, words.split()) for number, words in rows]


def _any_of(words: Iterable[str], *, postgres: bool) -> str:
    if postgres:
        return " | ".join(f"'{word}'" for word in words)
    return " OR ".join(f'"{word}"' for word in words)


def _load(session: Session, ids: Sequence[int]) -> list[Hit]:
    if not ids:
        return []
    rows = session.scalars(
        select(ArticleText)
        .join(ArticleText.public)
        .options(contains_eager(ArticleText.public), joinedload(ArticleText.article))
        .where(ArticleText.id.in_(ids), visible_articles(None))
        .execution_options(populate_existing=True)
    )
    return [Hit(row, row.public.title, row.public.body) for row in rows if row.public]


def _rank(hit: Hit, wanted: Sequence[str], language: str) -> tuple[object, ...]:
    title = normal(hit.title)
    return (
        hit.text.language != language,
        not holds(title, wanted),
        not any(term in title for term in wanted),
        hit.text.unhelpful - hit.text.helpful,
        hit.text.id,
    )


def _each_once(hits: Iterable[Hit]) -> list[Hit]:
    """Keep the first text of each article."""
    first: dict[int, Hit] = {}
    for hit in hits:
        first.setdefault(hit.text.article_id, hit)
    return list(first.values())


def _in_title(hit: Hit, weights: Mapping[str, float]) -> float:
    return sum(weights[word] for word in lexemes(hit.title) if word in weights)


def _whole(hit: Hit) -> str:
    return normal(f"{hit.title}\n{markdown.words(hit.body)}")


def _on_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


_EMPTY_WORDS = (
    "请问 您好 你好 谢谢 我们 我校 我想咨询一下 如何 怎么办 怎样 什么时候 为什么 是不是 是否 "
    "可不可以 能不能 需要 有没有 没有 问题 哪里 多少 "
    "the and for you our are can how what please with this that have has from hello thank thanks "
    "about would like not will does is to in of we it on be my do us me or at an if when where why"
)
_SAID_ANYWAY = lexemes(_EMPTY_WORDS)
_LITE_ADD = text("INSERT INTO article_search (rowid, lexemes) VALUES (:id, :words)")
_LITE_DROP = text("DELETE FROM article_search WHERE rowid = :id")
_LITE_MATCH = text(
    "SELECT rowid, lexemes FROM article_search WHERE article_search MATCH :query "
    "ORDER BY rowid DESC LIMIT :most"
)
_PG_ADD = text(
    "INSERT INTO article_search (text_id, lexemes) "
    "VALUES (:id, array_to_tsvector(string_to_array(:words, ' ')))"
)
_PG_DROP = text("DELETE FROM article_search WHERE text_id = :id")
_PG_MATCH = text(
    "SELECT text_id, array_to_string(tsvector_to_array(lexemes), ' ') FROM article_search "
    "WHERE lexemes @@ CAST(:query AS tsquery) ORDER BY text_id DESC LIMIT :most"
)
