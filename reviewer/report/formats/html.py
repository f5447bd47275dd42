"""Pages that carry everything and load nothing: filters, charts, races to step through.

One page, or a folder with an index and a page for each section of MAINTAINERS.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256

from reviewer.data import data_folder
from reviewer.escape import escape
from reviewer.report.page import Data, entries, heading, shown, state
from reviewer.report.sections import counted
from reviewer.report.stream import Item, Stream, Style, Summary, Tally

SUMMARY = "pages for a browser, without network: filters, charts, races step by step"
MARK = '<meta name="generator" content="kstale">'
"""What every page has near its start."""
_IN_SCRIPT = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})
"""Inside a script element nothing may look like markup."""
_NAME = 60
"""Letters of a section's title that the name of its page has."""


def render(stream: Stream, style: Style) -> Iterator[str]:
    """One page with all findings, by section, the worst first."""
    items, summary, tally = _read(stream, style)
    yield from _page({**heading(summary, tally), "findings": entries(items, style)})


def folder(stream: Stream, style: Style) -> Iterator[tuple[str, Iterator[str]]]:
    """The files of a folder by name: a page a section, and an index that leads to them."""
    items, summary, tally = _read(stream, style)
    sections: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        sections[item.section].append(item)
    names = _names(list(sections))
    above = heading(summary, tally)
    titles = list(sections)
    at_risk = {one.title: one.at_risk for one in counted(items, style)}
    for at, title in enumerate(titles):
        pages = [["all sections", "index.html"]]
        pages += [["the last one", names[titles[at - 1]]]] if at else []
        pages += [["the next one", names[titles[at + 1]]]] if at + 1 < len(titles) else []
        name = escape(title) or "no section of MAINTAINERS"
        yield (
            names[title],
            _page(
                {
                    **above,
                    "title": f"{above['title']}: {name}",
                    "sums": "",
                    "more": [],
                    "pages": pages,
                    "findings": entries(sections[title], style),
                }
            ),
        )
    rows = [
        {
            "title": escape(title),
            "page": names[title],
            "at_risk": at_risk.get(title, 0),
            "cells": _cells(some, style),
        }
        for title, some in sections.items()
    ]
    yield "index.html", _page({**above, "sections": rows}, "index.js")


def _read(stream: Stream, style: Style) -> tuple[list[Item], Summary, Tally]:
    tally = Tally(style)
    events = list(stream)
    summary = next(one for one in events if isinstance(one, Summary))
    items = shown([one for one in events if isinstance(one, Item)], tally)
    order = {one.title: at for at, one in enumerate(counted(items, style))}
    # A section that has only what was mended comes last.
    items.sort(key=lambda one: (order.get(one.section, len(order)), one.section))
    return items, summary, tally


def _cells(items: Sequence[Item], style: Style) -> list[list[object]]:
    """How many findings of a section are alike in all that an index can be filtered by."""
    counts = Counter(
        (
            one.finding.rule,
            one.finding.tier.value,
            one.finding.severity.value,
            one.finding.machines.broken,
            state(one, style),
        )
        for one in items
    )
    return [[*kind, count] for kind, count in sorted(counts.items())]


def _names(titles: Sequence[str]) -> dict[str, str]:
    """File names of sections: plain ASCII whatever the title is, and no two alike."""
    found: dict[str, str] = {}
    taken = {"index"}
    for title in titles:
        plain = "".join(one if one.isascii() and one.isalnum() else " " for one in title.lower())
        stem = "-".join(plain.split())[:_NAME].strip("-") or "no-section"
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name)
        found[title] = f"{name}.html"
    return found


def _page(data: Data, script: str = "report.js") -> Iterator[str]:
    """A page as pieces: the template with style, script and data put in.

    Only this very style and script may run, whatever the data has (CSP level 2, hash sources).
    """
    place = data_folder("templates") / "page"
    template, style, common, own = (
        (place / name).read_text(encoding="utf-8")
        for name in ("report.html", "page.css", "common.js", script)
    )
    code = common + own
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(style)}'; script-src '{_digest(code)}'"
    )
    values = {
        "POLICY": policy,
        "STYLE": style,
        "DATA": json.dumps(data).translate(_IN_SCRIPT),
        "SCRIPT": code,
    }
    rest = template
    for name, value in values.items():
        before, rest = rest.split(f"@{name}@")
        yield from (before, value)
    yield rest


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
