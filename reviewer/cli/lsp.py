"""``kstale lsp``: a language server; findings as diagnostics, the reading of comments on hover."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from reviewer import __version__
from reviewer.cli.options import Subparsers
from reviewer.cli.own import around, judged
from reviewer.cli.serving import add_server, log_in_lines, needed
from reviewer.escape import escape, escape_text


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    add_server(
        subparsers,
        "lsp",
        "serve an editor over the Language Server Protocol",
        "Serve, on standard input and output: a file that is opened or saved is "
        "judged, its findings are diagnostics, and hovering shows how a comment is read and the "
        "race",
        run,
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until the client goes away."""
    with needed("pygls", "lsp"):
        from lsprotocol import types
        from pygls.lsp.server import LanguageServer
    tree = Path(arguments.tree).resolve()
    server = LanguageServer("kstale", __version__)
    claims: dict[str, list[dict[str, Any]]] = {}
    severity = {
        "high": types.DiagnosticSeverity.Error,
        "medium": types.DiagnosticSeverity.Warning,
        "low": types.DiagnosticSeverity.Information,
    }

    def judge(event: Any) -> None:
        """Judge the file as it is on disk and publish what counts."""
        uri = event.text_document.uri
        path = _inside(tree, uri)
        answer = judged(str(tree), path) if path else {"findings": [], "claims": []}
        claims[uri] = answer.get("claims", [])
        diagnostics = [
            types.Diagnostic(
                range=types.Range(
                    start=types.Position(one["line"] - 1, 0), end=types.Position(one["end_line"], 0)
                ),
                message=escape(one["message"]),
                severity=severity[one["severity"]],
                code=one["rule"],
                source="kstale",
            )
            for one in answer.get("findings", ())
            if one["counts"]
        ]
        if "error" in answer:
            server.window_log_message(
                types.LogMessageParams(types.MessageType.Warning, escape(answer["error"]))
            )
        server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=diagnostics)
        )

    def hover(event: Any) -> Any:
        """How the comments about the line are read."""
        found = around(claims.get(event.text_document.uri, []), event.position.line + 1)
        told = [one for one in found if one.get("rule")]
        if not told:
            return None
        text = "\n\n---\n\n".join(_shown(one) for one in told)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))

    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(judge)
    server.feature(types.TEXT_DOCUMENT_DID_SAVE)(judge)
    server.feature(types.TEXT_DOCUMENT_HOVER)(hover)
    log_in_lines()
    server.start_io()
    return 0


def _inside(tree: Path, uri: str) -> str:
    """The path of a document in the tree, '' if it is no C file or assembly of it."""
    from reviewer.kernel.folders import SOURCES

    file = Path(unquote(urlsplit(uri).path)).resolve()
    if file.suffix not in SOURCES or not file.is_relative_to(tree):
        return ""
    return str(file.relative_to(tree))


def _shown(claim: dict[str, Any]) -> str:
    """One claim in Markdown; foreign text stands in code blocks, where it cannot be markup."""
    parts = [
        f"**{claim['verdict']}** ({claim['rule']})",
        _block(claim["quote"]),
        _block(claim["why"]),
    ]
    places = claim["evidence"]["locations"] or claim["rests_on"]
    lines = [f"{one['path']}:{one['line']}: {one['note']}" for one in places]
    parts += [_block("\n".join(lines))] if lines else []
    if witness := claim["evidence"]["witness"]:
        parts += [f"Race on {witness['machine']}:", _block(witness["drawing"])]
    return "\n\n".join(parts)


def _block(text: str) -> str:
    indented = "\n".join(f"    {line}" for line in escape_text(text).splitlines())
    return indented or "    "
