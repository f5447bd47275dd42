"""A draft of a mail: quoted passages with remarks under them, wrapped as lists like it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reviewer.escape import escape_text
from reviewer.mail.model import Message
from reviewer.report.headers import attribution, reply_headers

WIDTH = 72
"""Columns of running text, as mailing lists like it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said below a quotation; ``drawing`` stands between text and verdict."""

    text: str
    drawing: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Quoted lines, and the remarks on them."""

    quoted: tuple[str, ...]
    remarks: tuple[Remark, ...]


def render(
    message: Message,
    parts: Sequence[Part],
    rules: Sequence[str],
    *,
    identity: str = "",
    date: str = "",
    templates: Path | None = None,
) -> str:
    """A reply to ``message`` as RFC 5322 text, unsent.

    ``rules`` are named at the end as what found it; ``identity`` is the writer's ``Name
    <address>`` and is left out of Cc; ``date`` is an RFC 5322 date or '' to leave the header to
    the mailer.
    """
    # plain text, no markup to escape
    environment = Environment(
        loader=FileSystemLoader(templates or templates_folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    text = environment.get_template("reply.mail.j2").render(
        headers=reply_headers(message, identity, date),
        attribution=attribution(message),
        parts=parts,
        found=wrapped(f"(Found with kstale: {', '.join(rules)}.)") if rules else "",
    )
    return escape_text(text)


def templates_folder() -> Path:
    """Where the templates are: inside the wheel, or at the top of a checkout."""
    packaged = Path(__file__).resolve().parent.parent / "_data" / "templates"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "templates"


def sentence(text: str) -> str:
    """With a capital and a full stop; names of the code stay as they are."""
    text = text.strip()
    if re.match(r"[a-z]+[ ,]", text):
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def item(text: str) -> str:
    """A fact on lines of its own, indented."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def wrapped(text: str) -> str:
    """Running text at WIDTH columns; indented paragraphs stay, but for trailing white space."""
    if text[:1] in (" ", "\t"):
        return "\n".join(line.rstrip() for line in text.split("\n"))
    return textwrap.fill(
        " ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False
    )
