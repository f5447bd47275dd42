"""A real Chromium, driven through its WebDriver."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

ENTER, END, HOME, LEFT = "\ue007", "\ue010", "\ue011", "\ue012"
"""Keys as WebDriver calls them (w3.org/TR/webdriver2, 17.4.2)."""


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

    def until(self, script: str) -> Any:
        """What a script returns once that is something: a panel is filled after it opens."""
        for _ in range(100):
            if found := self.run(script):
                return found
            time.sleep(0.05)
        raise AssertionError(f"nothing came of: {script}")

    def wait_for(self, script: str) -> Any:
        """What a script hands to its last argument, a function, when it is done."""
        return self._call("/execute/async", {"script": script, "args": []})

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

    def key(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        presses = [{"type": kind, "value": one} for one in keys for kind in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": presses}
        self._call("/actions", {"actions": [keyboard]})

    def command(self, name: str, **values: Any) -> Any:
        """A command of the DevTools protocol."""
        return self._call("/goog/cdp/execute", {"cmd": name, "params": values})

    def picture(self) -> bytes:
        """A screenshot as PNG."""
        return base64.b64decode(self._call("/screenshot", None, "GET"))

    def quit(self) -> None:
        """End the session and the browser."""
        self._call("", None, "DELETE")


@contextmanager
def running() -> Iterator[Browser | None]:
    """A browser, None if Chromium's driver is not installed."""
    driver = shutil.which("chromedriver")
    if driver is None:
        yield None
        return
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
