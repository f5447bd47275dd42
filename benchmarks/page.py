"""How long an HTML report of many findings takes to open in Chromium.

    python -m benchmarks.page [--findings N] [--runs N]

The findings are those of the sample tree over and over, N of them under made-up file names in fifty
sections. Prints the size of the page, and for each run, of a fresh page, the
milliseconds from the start of navigation until everything is listed and painted, and until a change
of a filter is painted.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from reviewer.report.formats import html
from reviewer.report.stream import Item, Style, Summary
from reviewer.review.model import Stats
from reviewer.review.request import Request
from reviewer.review.scan import scan
from reviewer.tree.opening import open_tree
from tests.browser import Browser, running

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = 50
_PAINTED = """
const done = arguments[arguments.length - 1];
requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0));
"""
_FILTERED = """
const done = arguments[arguments.length - 1], start = performance.now();
const select = document.getElementById("filter-rule");
select.selectedIndex = 1;
select.dispatchEvent(new Event("change"));
requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0));
"""


def items(number: int) -> list[Item]:
    """Findings of the sample tree over and over, each in a file of its own."""
    found = cycle(scan(Request(str(ROOT / "fixtures" / "tree"))).findings)
    return [
        Item(
            replace(one, path=f"mm/made_up_{at:05}.c", fingerprint=f"{at:016x}"),
            section=f"MADE-UP SECTION {at % SECTIONS:02}",
        )
        for at, one in enumerate(islice(found, number))
    ]


def timed(browser: Browser, page: Path) -> tuple[float, float]:
    """Milliseconds until a page is painted, and until a filtered list is."""
    browser.open(page)
    return browser.wait_for(_PAINTED), browser.wait_for(_FILTERED)


def main() -> int:
    """Write the page and open it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    tree = open_tree(str(ROOT / "fixtures" / "tree"))
    some = items(asked.findings)
    events: list[Item | Summary] = [*some, Summary("made up", Stats())]
    text = "".join(html.render(events, Style(source=tree.read)))
    races = sum(one.finding.evidence.witness is not None for one in some)
    print(f"{len(some)} findings, {races} races, {len(text) / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory() as folder, running() as browser:
        if browser is None:
            print("chromedriver is not installed")
            return 2
        for number in range(asked.runs):
            page = Path(folder) / f"{number}.html"
            page.write_text(text, encoding="utf-8")
            painted, filtered = timed(browser, page)
            print(f"painted after {painted:.0f} ms, filtered after {filtered:.0f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
