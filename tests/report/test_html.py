"""The HTML report in a real Chromium: filters, opens, steps; hostile text stays text."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from reviewer.cli.main import main
from reviewer.report.formats import html
from reviewer.report.stream import Item, Style, Summary
from reviewer.review.scan import Request, scan

ROOT = Path(__file__).resolve().parents[2]
TREE = str(ROOT / "fixtures" / "tree")
PATCH = str(ROOT / "fixtures" / "patches" / "ksm-drop-flush.patch")
EVIL = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 1'>"


class Browser:
    """As much of WebDriver (w3.org/TR/webdriver2) as the tests need."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}/session"
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,900"]
        }
        asked = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._base += "/" + self._call("", asked)["sessionId"]

    def _call(self, path: str, data: dict[str, Any] | None, method: str = "POST") -> Any:
        request = urllib.request.Request(
            self._base + path,
            json.dumps(data).encode() if data is not None else None,
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, page: Path) -> None:
        """Load a file."""
        self._call("/url", {"url": page.as_uri()})

    def run(self, script: str) -> Any:
        """What a script returns."""
        return self._call("/execute/sync", {"script": script, "args": []})

    def click(self, selector: str) -> None:
        """Click as a user does; while the page is being laid out an element may still move."""
        for left in reversed(range(30)):
            try:
                found = self._call("/element", {"using": "css selector", "value": selector})
                self._call(f"/element/{next(iter(found.values()))}/click", {})
            except HTTPError as error:
                if not left:
                    raise AssertionError(error.read().decode()) from error
                time.sleep(0.1)
            else:
                return

    def picture(self) -> bytes:
        """A screenshot as PNG."""
        return base64.b64decode(self._call("/screenshot", None, "GET"))

    def quit(self) -> None:
        """End the session and the browser."""
        self._call("", None, "DELETE")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, if Chromium and its driver are installed."""
    driver = shutil.which("chromedriver")
    if driver is None:
        pytest.skip("chromedriver is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        one = Browser(port)
        yield one
        one.quit()
    finally:
        process.terminate()
        process.wait(10)


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
    assert "no O_DIRECT" in browser.run("return document.querySelector('mark').textContent")
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


def test_hostile_text_stays_text(browser: Browser, tmp_path: Path) -> None:
    report = scan(Request(TREE))
    items = [
        Item(
            replace(
                one,
                path=EVIL,
                quote=EVIL,
                verdict=replace(one.verdict, message=EVIL),
                claim=replace(one.claim, comment=replace(one.claim.comment, text=EVIL)),
            ),
            section=EVIL,
        )
        for one in report.findings
    ]
    page = tmp_path / "evil.html"
    events: list[Item | Summary] = [*items, Summary(EVIL, report.stats, (EVIL,))]
    page.write_text("".join(html.render(events, Style())), encoding="utf-8")
    browser.open(page)
    browser.click("summary")
    assert browser.run("return window.evil === undefined")
    assert browser.run("return document.querySelectorAll('img').length") == 0
    assert EVIL in browser.run("return document.querySelector('main').textContent")
