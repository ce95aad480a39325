"""The new part of a mail: what its writer typed this time.

The rules, in order:

- A forwarded mail is kept whole: what it forwards is its point. A forward that is
  quoted is history like the rest.
- Everything below a separator, a block of quoted headers or an attribution
  without ``>`` marks is history.
- With ``>`` marks, what stands above is new; so is what stands below them. Where
  answers stand *between* quoted lines, each stays with the lines it answers. The
  attribution may say less, for the marks tell what is history.
- When nothing new is left, the whole text is: no words are lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from channels.email.attributions import (
    attribution_length,
    loose_attribution_length,
    split_before_attribution,
)
from channels.email.quote_marks import (
    is_forward_mark,
    is_header_block,
    is_quoted,
    is_rule,
    is_separator,
    is_title_of_history,
    may_introduce_history,
)
from channels.email.signatures import strip_signature

_MOST_ABOVE = 10_000  # lines that somebody may have written above the history
_HEADING_SEES = 12  # lines of the history below it


@dataclass(slots=True)
class _Block:
    """A run of lines that are all quoted or all the writer's own."""

    quoted: bool
    lines: list[str] = field(default_factory=list)


def reply_text(
    text: str, own: str | None = None, *, forwarded: bool = False, writer: str = ""
) -> str:
    """Return the new part of ``text`` without quoted history and signature.

    ``own`` is the text that is left when the marks of HTML have been followed;
    it is cut further, and is ignored when nothing of it remains. ``writer`` is the
    sender's name, by which a signature is known.
    """
    if forwarded:
        return text.strip("\n")
    new = _new_part(text if own is None else own, writer)
    if not new and own is not None and own != text:
        new = _new_part(text, writer)
    return new or text.strip("\n")


def _new_part(text: str, writer: str) -> str:
    kept = _before_history(_apart(text.split("\n")))
    if kept is None:
        return text.strip("\n")
    blocks = _blocks(kept, writer)
    return "\n".join(_woven(blocks)).strip("\n").rstrip()


def _apart(lines: list[str]) -> list[str]:
    """Put each introduction that stands behind somebody's words on a line of its own.

    It is one for sure where it holds an address or a marked quote follows.
    """
    apart: list[str] = []
    for at, line in enumerate(lines[:_MOST_ABOVE]):
        own, introduction = ("", line) if is_quoted(line) else split_before_attribution(line)
        below = lines[at + 1 : at + _HEADING_SEES]
        length = attribution_length([introduction, *below], 0) if own else 0
        if length and ("@" in introduction or _quotes_follow(lines, at + length)):
            apart += [own, introduction]
        else:
            apart.append(line)
    return apart + lines[_MOST_ABOVE:]


def _before_history(lines: list[str]) -> list[str] | None:
    """Return the lines above the history, without attributions; None for a forward."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if at >= _MOST_ABOVE:
            return kept + lines[at:]
        if not may_introduce_history(line):
            kept.append(line)
            at += 1
            continue
        if is_forward_mark(line) and not is_quoted(line):
            return None
        if is_separator(line) or is_header_block(lines, at):
            break
        length = attribution_length(lines, at)
        if length and not is_quoted(line):
            if not _quotes_follow(lines, at + length):
                break
            at += length
            continue
        length = 0 if is_quoted(line) else loose_attribution_length(lines, at)
        if length and _quotes_follow(lines, at + length):
            at += length
            continue
        kept.append(line)
        at += 1
    if at < len(lines):
        _drop_heading(kept, lines[at : at + _HEADING_SEES])
    return kept


def _drop_heading(kept: list[str], history: list[str]) -> None:
    """Take away what draws the line between the writer's words and the history."""
    if kept and is_title_of_history(kept, history):
        kept.pop()
    while kept and (not kept[-1].strip() or is_rule(kept[-1])):
        kept.pop()
    if kept and is_title_of_history(kept, []):
        kept.pop()


def _quotes_follow(lines: list[str], at: int) -> bool:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at < len(lines) and is_quoted(lines[at])


def _blocks(lines: list[str], writer: str) -> list[_Block]:
    """Group lines; empty lines between quoted ones belong to the quote."""
    blocks: list[_Block] = []
    for line in lines:
        quoted = is_quoted(line)
        if (not line.strip() and blocks) or (blocks and blocks[-1].quoted == quoted):
            blocks[-1].lines.append(line)
        else:
            blocks.append(_Block(quoted, [line]))
    for block in blocks:
        if not block.quoted:
            block.lines = strip_signature(block.lines, writer)
    return [block for block in blocks if block.quoted or any(map(str.strip, block.lines))]


def _woven(blocks: list[_Block]) -> list[str]:
    """Keep the writer's blocks, with the quoted lines above them where answers interleave."""
    own = [at for at, block in enumerate(blocks) if not block.quoted]
    first_quote = next((at for at, block in enumerate(blocks) if block.quoted), len(blocks))
    last_own = own[-1] if own else -1
    answers = [at for at in own if at > first_quote]
    interleaved = len(answers) > 1 or (len(answers) == 1 and answers[0] < len(blocks) - 1)
    lines: list[str] = []
    for block in blocks[: last_own + 1]:
        if block.quoted and not interleaved:
            continue
        if lines and lines[-1].strip():
            lines.append("")
        lines.extend(block.lines)
    return lines
