"""``kstale mcp`` with the official client, over stdio."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import mcp
from mcp.client import stdio

ROOT = Path(__file__).resolve().parents[2]
TREE = str(ROOT / "fixtures" / "tree")
PATCHES = ROOT / "fixtures" / "patches"
LITMUS = """\
C sb
{}
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	int r0 = READ_ONCE(*y);
}
P1(int *x, int *y)
{
	WRITE_ONCE(*y, 1);
	int r0 = READ_ONCE(*x);
}
exists (0:r0=0 /\\ 1:r0=0)
"""


def _ask(*calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    async def session() -> list[dict[str, Any]]:
        server = mcp.StdioServerParameters(
            command=sys.executable,
            args=["-m", "reviewer", "mcp", "--tree", TREE],
            env=dict(os.environ),
            cwd=str(ROOT),
        )
        async with (
            stdio.stdio_client(server) as (read, write),
            mcp.ClientSession(read, write) as client,
        ):
            await client.initialize()
            tools = {one.name for one in (await client.list_tools()).tools}
            assert tools == {"check_patch", "comment_at", "simulate", "callers"}
            answers = [await client.call_tool(name, arguments) for name, arguments in calls]
        contents: list[Any] = [one.content[0] for one in answers]
        return [json.loads(one.text) for one in contents]

    return asyncio.run(session())


def test_an_assistant_gets_facts() -> None:
    patch = (PATCHES / "ksm-drop-flush.patch").read_text(encoding="utf-8")
    checked, comment, simulated, called, wrong = _ask(
        ("check_patch", {"patch": patch}),
        ("comment_at", {"path": "mm/ksm.c", "line": 52}),
        ("simulate", {"litmus": LITMUS, "machine": "x86-64-native"}),
        ("callers", {"function": "write_protect_page"}),
        ("check_patch", {"patch": "no patch at all"}),
    )
    assert {one["rule"] for one in checked["findings"]} == {
        "flush-excludes-walker",
        "count-check-excludes-pin",
    }
    assert any(one["verdict"] == "broken" for one in comment["claims"])
    assert simulated["verdict"] == "Sometimes"
    assert called["count"] == len(called["callers"])
    assert "error" in wrong
