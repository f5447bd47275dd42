"""``kstale patchwork`` against a double of Patchwork's documented API."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reviewer.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
TREE = str(ROOT / "fixtures" / "tree")
PATCHES = ROOT / "fixtures" / "patches"
TOKEN = "0123456789abcdef"
STATES = ("pending", "success", "warning", "fail")


class Double(ThreadingHTTPServer):
    """A server with one series of two patches; what it says of a check is what the docs say."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        one = (PATCHES / "ksm-drop-flush.patch").read_text(encoding="utf-8")
        two = (PATCHES / "ksm-clean.patch").read_text(encoding="utf-8")
        self.mails = {11: one, 12: two}
        self.box = "".join(f"From x Mon Sep 17 00:00:00 2001\n{text}\n\n" for text in (one, two))
        self.checks: list[tuple[int, dict[str, Any]]] = []
        self.moved = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Double

    def do_GET(self) -> None:
        if self.path == "/series/7/mbox/":
            self._answer(200, self.server.box.encode(), "text/plain")
        elif self.path == "/api/series/7/":
            listed = [
                {"id": number, "msgid": _id(text), "name": f"patch {number}"}
                for number, text in self.server.mails.items()
            ]
            self._json(200, {"id": 7, "patches": listed})
        elif self.path == "/api/patches/12/":
            self._json(200, {"id": 12, "series": [{"id": 7}]})
        else:
            self._json(404, {"detail": "Not found."})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        where = re.fullmatch(r"/api/patches/(\d+)/checks/", self.path)
        if self.server.moved:
            self.send_response(302)
            self.send_header("Location", self.server.moved)
            self.end_headers()
        elif self.headers["Authorization"] != f"Token {TOKEN}":
            self._json(401, {"detail": "Invalid token."})
        elif where is None or int(where[1]) not in self.server.mails:
            self._json(404, {"detail": "Not found."})
        else:
            check = json.loads(body)
            if check.get("state") not in STATES:
                self._json(400, {"state": ["A check must have a state."]})
                return
            self.server.checks.append((int(where[1]), check))
            self._json(201, {"id": len(self.server.checks), **check})

    def _json(self, status: int, told: dict[str, Any]) -> None:
        self._answer(status, json.dumps(told).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Silent."""


def _id(text: str) -> str:
    found = re.search(r"^Message-I[dD]: (<.*>)$", text, re.M)
    assert found
    return found[1]


@pytest.fixture
def server() -> Iterator[Double]:
    with Double() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_each_patch_gets_its_check(
    server: Double, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATCHWORK_TOKEN", TOKEN)
    argv = ["patchwork", server.url, "--patch", "12", "--tree", TREE, "--post"]
    assert main([*argv, "--target-url", "https://ci.example.org/1"]) == 1
    assert [number for number, _ in server.checks] == [11, 12]
    first, second = (check for _, check in server.checks)
    assert first["state"] == "fail"
    assert first["context"] == "kstale"
    assert first["target_url"] == "https://ci.example.org/1"
    assert re.match(r"mm/\w+\.c:\d+: ", first["description"])
    assert (second["state"], second["description"]) == ("success", "no comment made false")
    assert TOKEN not in "".join(capsys.readouterr())


def test_nothing_is_sent_unless_asked(
    server: Double, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATCHWORK_TOKEN", TOKEN)
    assert main(["patchwork", server.url, "--series", "7", "--tree", TREE]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("11 fail: mm/")
    assert "\n12 success: " in out
    assert "--post" in err
    assert not server.checks


def test_what_does_not_apply_is_a_warning(
    server: Double, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATCHWORK_TOKEN", TOKEN)
    server.box = server.mails[12].replace("write_protect_page", "no_such_function")
    server.box = re.sub(r"^([ -])(?!-- )(.*\w.*)$", r"\1not there: \2", server.box, flags=re.M)
    assert main(["patchwork", server.url, "--series", "7", "--tree", TREE, "--post"]) == 2
    states = dict(server.checks)
    assert states[12]["state"] == "warning"
    assert "does not apply" in states[12]["description"]
    assert states[11]["state"] == "warning"
    assert "not in the series' mbox" in states[11]["description"]
    assert capsys.readouterr().err.startswith("kstale: ")


@pytest.mark.parametrize(
    ("token", "url", "words"),
    [
        ("wrong", "{}", "401 detail: Invalid token."),
        ("", "{}", "PATCHWORK_TOKEN"),
        (TOKEN, "http://patchwork.example.org", "https is needed"),
        (TOKEN, "ftp://x", "not the address"),
        (TOKEN, "http://127.0.0.1:1", "127.0.0.1:1/"),
    ],
)
def test_what_goes_wrong_is_one_line(
    token: str,
    url: str,
    words: str,
    server: Double,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATCHWORK_TOKEN", token)
    where = url.format(server.url)
    assert main(["patchwork", where, "--series", "7", "--tree", TREE, "--post"]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert "Traceback" not in err
    assert TOKEN not in err


def test_the_token_goes_nowhere_else(
    server: Double, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATCHWORK_TOKEN", TOKEN)
    with Double() as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        server.moved = f"{other.url}/api/patches/11/checks/"
        assert main(["patchwork", server.url, "--series", "7", "--tree", TREE, "--post"]) == 2
        other.shutdown()
        thread.join()
        assert not other.checks
    assert "302" in capsys.readouterr().err
