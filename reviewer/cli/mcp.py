"""``kstale mcp``: a server of the Model Context Protocol, so that assistants ask for facts."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from reviewer.cli.options import Subparsers
from reviewer.cli.own import around, ask, judged
from reviewer.cli.serving import add_server, log_in_lines, needed

_MOST = 50
"""Callers that are listed; all are counted."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    add_server(
        subparsers,
        "mcp",
        "answer assistants over the Model Context Protocol",
        "Serve, on standard input and output, tools that check a patch, read and judge "
        "the comment at a place, simulate a litmus test and list the callers of a function",
        run,
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until the client goes away."""
    with needed("mcp", "mcp"):
        from mcp.server.mcpserver import MCPServer
    tree = arguments.tree
    server = MCPServer("kstale", instructions=_INSTRUCTIONS)

    def check_patch(patch: str) -> dict[str, Any]:
        """Judge a patch (mail or diff): which comments it makes false, with evidence."""
        argv = ("check", "-", "--tree", tree, "--format", "json")
        return ask(*argv, text=patch, accepted=(0, 1, 2))

    def comment_at(path: str, line: int) -> dict[str, Any]:
        """How the comment at a line, or of the code there, is read, with each claim's verdict."""
        answer = judged(tree, path)
        if "error" in answer:
            return answer
        return {"claims": around(answer["claims"], line), "notes": answer["notes"]}

    def simulate(litmus: str, machine: str = "") -> dict[str, Any]:
        """Ask the simulator whether the outcome of a litmus test can happen on a machine."""
        with tempfile.TemporaryDirectory() as folder:
            test = Path(folder) / "test.litmus"
            test.write_text(litmus, encoding="utf-8")
            chosen = ("--machine", machine) if machine else ()
            return ask("simulate", *chosen, "--format", "json", str(test))

    def callers(function: str) -> dict[str, Any]:
        """Every place of the tree that calls or mentions a function."""
        from reviewer.program.opening import open_program
        from reviewer.tree.opening import open_tree

        found = open_program(open_tree(tree)).callers(function)
        places = [
            {"path": one.path, "line": one.line, "caller": one.caller, "mention": one.mention}
            for one in found[:_MOST]
        ]
        return {"function": function, "count": len(found), "callers": places}

    for tool in (check_patch, comment_at, simulate, callers):
        server.add_tool(tool)
    log_in_lines()
    server.run("stdio")
    return 0


_INSTRUCTIONS = """\
Facts about a Linux kernel tree, each with evidence. "holds" and "broken" rest on named places or on
an execution that the simulator found; "unknown" means that nothing was shown."""
