"""The HTML report in a real Chromium: filters, opens, steps; hostile text stays text."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.cli.main import main
from reviewer.report.formats import html
from reviewer.report.stream import Item, Style, Summary
from reviewer.review.model import Stats
from reviewer.review.request import Request
from reviewer.review.scan import scan
from reviewer.verdict import Location
from tests.browser import END, ENTER, HOME, LEFT, Browser, running

ROOT = Path(__file__).resolve().parents[2]
TREE = str(ROOT / "fixtures" / "tree")
PATCH = str(ROOT / "fixtures" / "patches" / "ksm-drop-flush.patch")
Capture = pytest.CaptureFixture[str]
EVIL = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 1'>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, if Chromium and its driver are installed."""
    with running() as one:
        if one is None:
            pytest.skip("chromedriver is not installed")
        yield one


def test_a_user_opens_filters_and_steps(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    main(["check", PATCH, "--tree", TREE, "--format", "html", "-o", str(page)])
    browser.open(page)
    assert browser.run("return document.querySelectorAll('summary').length") == 2
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    browser.run(
        "const s = document.getElementById('filter-rule'); s.value = 'count-check-excludes-pin';"
        "s.dispatchEvent(new Event('change'))"
    )
    assert browser.run("return document.getElementById('count').textContent") == "1 of 2 findings"
    browser.click("summary")
    assert "no O_DIRECT" in browser.until("return document.querySelector('mark')?.textContent")
    later = "return document.querySelectorAll('tr.later').length"
    assert browser.run(later) == 0
    browser.click(".back")
    browser.click(".back")
    assert browser.run(later) == 2
    browser.click(".next")
    assert browser.run(later) == 1
    picture = browser.picture()
    assert picture.startswith(b"\x89PNG")
    if kept := os.environ.get("KSTALE_SCREENSHOT"):
        Path(kept).write_bytes(picture)


def test_keys_do_what_the_mouse_does(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "keys.html"
    main(["check", PATCH, "--tree", TREE, "--format", "html", "-o", str(page)])
    browser.open(page)
    browser.key("j", "j", ENTER)
    assert browser.run("return document.querySelectorAll('details[open]').length") == 1
    later = "return document.querySelectorAll('details[open] tr.later').length"
    browser.key("p", LEFT)
    assert browser.run(later) == 2
    browser.key("n")
    assert browser.run(later) == 1
    browser.key(HOME)
    steps = browser.run("return document.querySelectorAll('details[open] .race tr').length") - 1
    assert browser.run(later) == steps
    browser.key(END)
    assert browser.run(later) == 0
    browser.key("/", *"nosuchword")
    count = "return document.getElementById('count').textContent"
    assert browser.run(count) == "0 of 2 findings"
    assert "words=nosuchword" in browser.run("return location.hash")
    browser.click("#clear")
    assert browser.run(count) == "2 of 2 findings"


def test_dark_light_and_paper(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "colours.html"
    main(["check", PATCH, "--tree", TREE, "--format", "html", "-o", str(page)])
    browser.open(page)
    paper = "return getComputedStyle(document.body).backgroundColor"
    first = browser.run(paper)
    browser.key("d")
    second = browser.run(paper)
    assert first != second
    browser.key("d")
    assert browser.run(paper) == first
    browser.command(
        "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}]
    )
    browser.open(page)
    assert browser.run(paper) == second
    browser.command("Emulation.setEmulatedMedia", features=[])
    closed = "return document.querySelectorAll('details.finding:not([open])').length"
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run(closed) == 0
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert browser.run(closed) == 2


def _evil_items() -> list[Item]:
    return [
        Item(
            replace(
                one,
                path=EVIL,
                quote=EVIL,
                verdict=replace(
                    one.verdict,
                    message=EVIL,
                    evidence=replace(one.evidence, locations=(Location(EVIL, 1, EVIL),)),
                ),
                claim=replace(one.claim, comment=replace(one.claim.comment, text=EVIL)),
            ),
            section=EVIL,
        )
        for one in scan(Request(TREE)).findings
    ]


def test_hostile_text_stays_text(browser: Browser, tmp_path: Path) -> None:
    style = Style(source=lambda path: EVIL.encode())
    events: list[Item | Summary] = [*_evil_items(), Summary(EVIL, Stats(), (EVIL,), (), (EVIL,))]
    page = tmp_path / "evil.html"
    page.write_text("".join(html.render(events, style)), encoding="utf-8")
    browser.open(page)
    browser.click("summary")
    assert browser.run("return window.evil === undefined")
    assert browser.run("return document.querySelectorAll('img').length") == 0
    assert EVIL in browser.run("return document.querySelector('main').textContent")
    browser.run(
        "const s = document.createElement('script'); s.text = 'window.evil = 1';"
        "document.body.append(s)"
    )
    assert browser.run("return window.evil === undefined"), "the policy lets no other script run"


def test_hostile_section_titles_name_plain_files(browser: Browser, tmp_path: Path) -> None:
    first = _evil_items()[0]
    titles = [EVIL, "../../up", "MM", "mm", "index", "", "\u202e", "x" * 300]
    events: list[Item | Summary] = [replace(first, section=one) for one in titles]
    files = list(html.folder([*events, Summary(EVIL, Stats())], Style()))
    names = [name for name, _ in files]
    assert len({name.lower() for name in names}) == len(titles) + 1
    assert all(re.fullmatch(r"[a-z0-9-]{1,70}\.html", one) for one in names)
    for name, pieces in files:
        (tmp_path / name).write_text("".join(pieces), encoding="utf-8")
    browser.open(tmp_path / "index.html")
    assert browser.run("return window.evil === undefined")
    assert browser.run("return document.querySelectorAll('tbody tr').length") == len(titles)
    assert browser.run("return document.querySelectorAll('img').length") == 0


def test_a_folder_has_an_index_and_a_page_a_section(browser: Browser, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(TREE, tree)
    (tree / "MAINTAINERS").write_text("MEMORY <MANAGEMENT>\nM:\tA <a@x.org>\nF:\tmm/\n")
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "old.html").write_text(f"<html>{html.MARK}")
    (pages / "mine.html").write_text("not of kstale")
    main(["scan", str(tree), "--jobs", "1", "--format", "html", "-o", str(pages)])
    assert sorted(one.name for one in pages.iterdir()) == [
        "index.html",
        "memory-management.html",
        "mine.html",
    ]
    browser.open(pages / "index.html")
    assert browser.run("return document.querySelector('tbody a').textContent") == (
        "MEMORY <MANAGEMENT>"
    )
    rule = browser.run("return document.getElementById('filter-rule').options[1].value")
    browser.run(
        f"const s = document.getElementById('filter-rule'); s.value = '{rule}';"
        "s.dispatchEvent(new Event('change'))"
    )
    browser.click("tbody a")
    assert browser.run("return document.getElementById('filter-rule').value") == rule
    some, _, every = browser.run("return document.getElementById('count').textContent").split()[:3]
    assert 0 < int(some) <= int(every)
    browser.click("#pages a")
    assert browser.run("return location.pathname").endswith("index.html")
    assert browser.run("return performance.getEntriesByType('resource').length") == 0


def test_output_that_cannot_be_a_folder_is_said(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").write_text("")
    argv = ["scan", TREE, "--jobs", "1", "--format", "html", "-o", str(tmp_path / "file" / "x")]
    assert main(argv) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["report.html", "page.HTM"])
def test_a_name_of_a_page_is_one_file(name: str, tmp_path: Path) -> None:
    main(["scan", TREE, "--jobs", "1", "--format", "html", "-o", str(tmp_path / name)])
    assert (tmp_path / name).is_file()


def test_code_is_what_the_comment_stands_over_and_what_the_evidence_names(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    main(["scan", TREE, "--jobs", "1", "--format", "html", "-o", str(page)])
    text = page.read_text(encoding="utf-8")
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert data["findings"]
    for one in data["findings"]:
        lines = (Path(TREE) / one["path"]).read_text(encoding="utf-8").split("\n")
        for part in one["code"]:
            first = part["start"]
            assert part["lines"] == lines[first - 1 : first - 1 + len(part["lines"])]
        named = {int(p["at"].rpartition(":")[2]) for p in one["places"] if one["path"] in p["at"]}
        marked = {hit for part in one["code"] for hit in part["hits"]}
        assert marked <= named
