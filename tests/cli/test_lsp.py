"""``kstale lsp`` with a real client, over stdio."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from reviewer.cli import lsp

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "fixtures" / "tree"


def test_an_editor_shows_findings_and_the_race() -> None:
    async def session() -> tuple[list[Any], Any, Any]:
        client: Any = LanguageClient("test", "1")
        published: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()

        def diagnostics(event: Any) -> None:
            published.set_result(event.diagnostics)

        client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(diagnostics)
        environ = dict(os.environ, PYTHONPATH=str(ROOT))
        argv = ("-m", "reviewer", "lsp", "--tree", str(TREE))
        await client.start_io(sys.executable, *argv, env=environ)
        await client.initialize_async(types.InitializeParams(types.ClientCapabilities()))
        client.initialized(types.InitializedParams())
        file = TREE / "mm" / "ksm.c"
        item = types.TextDocumentItem(file.as_uri(), "c", 1, file.read_text(encoding="utf-8"))
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        found = await asyncio.wait_for(published, 60)
        answers = []
        for line in (found[0].range.start.line, 0):
            place = types.Position(line, 5)
            asked = types.HoverParams(types.TextDocumentIdentifier(file.as_uri()), place)
            answers.append(await client.text_document_hover_async(asked))
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()
        return found, answers[0], answers[1]

    found, hover, nothing = asyncio.run(session())
    assert [one.code for one in found] == ["flush-excludes-walker"]
    assert "broken" in hover.contents.value
    assert "CPU 0" in hover.contents.value
    assert nothing is None


def test_an_editor_shows_what_a_scan_judges() -> None:
    names = ("a/b.c", "b.h", "arch/arm/c.S", "d.rst")
    shown = [lsp._inside(TREE, (TREE / name).as_uri()) for name in names]
    assert shown == ["a/b.c", "b.h", "arch/arm/c.S", ""]


def test_a_damaged_message_is_told_in_a_line() -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"initi\x1b[2J'
    done = subprocess.run(
        [sys.executable, "-m", "reviewer", "lsp", "--tree", str(TREE)],
        cwd=ROOT,
        input=b"Content-Length: %d\r\n\r\n%s" % (len(body), body),
        capture_output=True,
        timeout=60,
        check=False,
    )
    told = done.stderr.decode().splitlines()
    assert len(told) == 1
    assert told[0].startswith("kstale: ")
