"""``--format`` and its companions: how findings are written, and the ledger beside them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from reviewer.errors import KstaleError
from reviewer.report import formats

if TYPE_CHECKING:
    from reviewer.finding import LedgerEntry
    from reviewer.report.stream import Item, Stream, Style, Summary
    from reviewer.settings.policy import Policy
    from reviewer.tree.model import Tree


def add_output(parser: argparse.ArgumentParser, *, ledger: bool = True) -> None:
    """Options of every command that reports findings; ``ledger`` offers ``--ledger`` too."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--format",
        choices=formats.names(),
        default="text",
        metavar="NAME",
        help=f"one of {', '.join(formats.names())} (default: text)",
    )
    group.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the report to FILE; with html and a name without .html, DIR: an index and a "
        "page for each section of MAINTAINERS",
    )
    group.add_argument(
        "-v", "--verbose", action="store_true", help="all evidence, and the race in CPU columns"
    )
    group.add_argument(
        "--hints", action="store_true", help="also show findings of the weakest kind of evidence"
    )
    group.add_argument("--stats", action="store_true", help="print counts and time per rule")
    group.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="default: auto"
    )
    if ledger:
        group.add_argument(
            "--ledger", metavar="FILE", help="write every claim and its verdict as JSON lines"
        )


def add_grouping(parser: argparse.ArgumentParser) -> None:
    """``--by``, for commands that report on many files."""
    parser.add_argument(
        "--by",
        choices=("section", "path"),
        default="section",
        help="order of the findings: by section of MAINTAINERS, the worst first (default), or by "
        "path; JSON is always by path, and counts both",
    )


def add_policy(parser: argparse.ArgumentParser) -> None:
    """Options that say what of the findings is wanted."""
    group = parser.add_argument_group("what counts")
    group.add_argument(
        "--section",
        action="append",
        default=[],
        metavar="NAME",
        help="only files of this section of MAINTAINERS (its title, or how it begins)",
    )
    group.add_argument(
        "--mine",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="only files of the sections that ADDRESS maintains or reviews",
    )
    group.add_argument(
        "--baseline",
        metavar="FILE",
        help="findings of FILE, an older report in JSON, are known and do not count",
    )
    group.add_argument(
        "--no-config", action="store_true", help="read neither .kstale.toml of tree nor of home"
    )


def policy_of(
    arguments: argparse.Namespace, tree: Tree, scanned: tuple[str, ...] | None = None
) -> Policy:
    """What the options and the configuration want of a tree's findings.

    Raises KstaleError for a section, baseline or configuration that is not understood.
    """
    from reviewer.settings.baseline import read_baseline
    from reviewer.settings.config import Config, load
    from reviewer.settings.policy import Policy, today, wanted_sections

    config = Config() if arguments.no_config else load(tree)
    titles = arguments.section or (() if arguments.mine else config.sections)
    return Policy(
        config=config,
        baseline=read_baseline(arguments.baseline),
        sections=wanted_sections(tree, titles, arguments.mine),
        tree=tree,
        today=today(),
        scanned=scanned,
    )


def style_of(arguments: argparse.Namespace, *, patch: bool) -> Style:
    """What the options ask for; ``patch`` if a patch is under review."""
    from reviewer.report.paint import wants_colour
    from reviewer.report.stream import Style

    return Style(
        patch=patch,
        verbose=arguments.verbose,
        colour=not arguments.output and wants_colour(arguments.color, sys.stdout),
        hints=arguments.hints,
        stats=arguments.stats,
    )


def write(
    stream: Stream,
    arguments: argparse.Namespace,
    *,
    patch: bool,
    tree: Tree | None = None,
    since: str = "",
) -> bool:
    """Write the report as it comes; True if some finding counts (exit status 1).

    ``since`` is what the older tree of a comparison is called.
    """
    style = style_of(arguments, patch=patch)
    by_section = getattr(arguments, "by", "") == "section" and arguments.format != "json"
    style = replace(style, source=tree.read if tree else None, since=since, by_section=by_section)
    counted: list[bool] = []
    form = formats.load(arguments.format)
    stream = _begun(_watched(stream, counted))
    if arguments.output and _is_folder(arguments.output) and isinstance(form, formats.Foldered):
        _save_folder(Path(arguments.output), form.folder(stream, style), form.MARK)
    elif arguments.output:
        save(Path(arguments.output), form.render(stream, style))
    else:
        for piece in form.render(stream, style):
            sys.stdout.write(piece)
    return bool(counted)


def _is_folder(output: str) -> bool:
    """True if an output names a folder: one that is there, or a name that no page would have."""
    path = Path(output)
    if path.exists():
        return path.is_dir()
    return output.endswith("/") or path.suffix.lower() not in (".html", ".htm")


def _save_folder(folder: Path, files: Iterable[tuple[str, Iterable[str]]], mark: str) -> None:
    """Write files into a folder; what an earlier run left there, and only that, is removed.

    ``mark`` is what every file of such a run has near its start. Raises KstaleError if the folder
    cannot be written.
    """
    written = set()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, pieces in files:
            save(folder / name, pieces)
            written.add(name)
        for old in folder.glob("*.html"):
            if old.name not in written and old.is_file() and mark in _start(old):
                old.unlink()
    except OSError as error:
        raise KstaleError(f"{folder}: cannot be written: {error.strerror}") from error


_HEAD = 1024
"""Bytes of a file in which its mark must stand."""


def _start(file: Path) -> str:
    with file.open("rb") as data:
        return data.read(_HEAD).decode("utf-8", "replace")


def open_ledger(file: str) -> TextIO:
    """The file that the ledger is to be written to. Raises KstaleError if it cannot be."""
    try:
        return Path(file).open("w", encoding="utf-8")
    except OSError as error:
        raise KstaleError(f"{file}: cannot be written: {error.strerror}") from error


def write_ledger(file: str | None, entries: Iterable[LedgerEntry]) -> None:
    """Write the ledger, if one is asked for. Raises KstaleError if the file cannot be written."""
    if not file:
        return
    from reviewer.report.formats.json import ledger_line

    save(Path(file), (ledger_line(entry) + "\n" for entry in entries))


def _begun(stream: Stream) -> Stream:
    """The stream once it has something to tell: what fails before that leaves no half report."""
    events = iter(stream)
    return chain([next(events)], events)


def _watched(stream: Stream, counted: list[bool]) -> Iterator[Item | Summary]:
    for event in stream:
        if getattr(event, "counts", False):
            counted.append(True)
        yield event


def save(file: Path, pieces: Iterable[str]) -> None:
    """Write a file. Raises KstaleError if it cannot be written."""
    try:
        with file.open("w", encoding="utf-8") as out:
            out.writelines(pieces)
    except OSError as error:
        raise KstaleError(f"{file}: cannot be written: {error.strerror}") from error
