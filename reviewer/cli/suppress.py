"""``kstale suppress``: let a finding stand, with a reason and until a day."""

from __future__ import annotations

import argparse
import datetime
import json
import re
from pathlib import Path

from reviewer.cli.options import Subparsers
from reviewer.escape import escape


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "suppress",
        help="let findings stand, with a reason",
        description="Write findings, by their fingerprints (-v shows them), into the .kstale.toml "
        "of a tree, so that they do not count any more; without a fingerprint, list what is "
        "suppressed. A comment can also say so itself, on a line of its own: "
        "'kstale: suppress RULE: REASON (until 2027-06-30)'.",
    )
    parser.add_argument(
        "fingerprints", nargs="*", metavar="FINGERPRINT", help="what -v, json and sarif show"
    )
    parser.add_argument("--reason", metavar="TEXT", help="why it may stand (needed)")
    parser.add_argument("--until", metavar="DATE", help="it counts again after this day")
    parser.add_argument("--tree", default=".", metavar="DIR", help="default: .")
    parser.add_argument(
        "--home", action="store_true", help="write into the home folder's file, for all trees"
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        help="a report in JSON that has the findings: rule and path are then written too",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Append to the file, or list."""
    from reviewer.errors import KstaleError
    from reviewer.settings.config import NAME, parse

    if not arguments.fingerprints:
        return _list(arguments.tree)
    if not (arguments.reason or "").strip():
        raise KstaleError("--reason says why a finding may stand, and is needed")
    until = _date(arguments.until)
    known = _reported(arguments.report)
    folder = Path.home() if arguments.home else Path(arguments.tree)
    if not folder.is_dir():
        raise KstaleError(f"{folder}: no such folder")
    file = folder / NAME
    before = file.read_bytes() if file.exists() else b""
    there = {one.fingerprint for one in parse(str(file), before).suppressions}
    entries = []
    for fingerprint in dict.fromkeys(arguments.fingerprints):
        if not re.fullmatch(r"[0-9a-f]{16}", fingerprint):
            raise KstaleError(f"{fingerprint} is no fingerprint (16 hex digits; -v shows them)")
        if fingerprint in there:
            raise KstaleError(f"{fingerprint} is suppressed already in {file}")
        entries.append(_entry(fingerprint, arguments.reason, until, known.get(fingerprint, {})))
    text = before + (b"\n" if before and not before.endswith(b"\n") else b"")
    text += "".join(entries).encode()
    parse(str(file), text)
    fresh = file.with_name(f"{NAME}.new")
    fresh.write_bytes(text)
    fresh.replace(file)
    print(escape(f"{file}: {len(entries)} suppressed"))
    return 0


def _entry(
    fingerprint: str, reason: str, until: datetime.date | None, known: dict[str, str]
) -> str:
    lines = ["", "[[suppress]]", f'fingerprint = "{fingerprint}"', f"reason = {_quoted(reason)}"]
    lines += [f"expires = {until}"] if until else []
    lines += [f"{key} = {_quoted(known[key])}" for key in ("rule", "path") if known.get(key)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A basic string of TOML; JSON's escapes are a part of its."""
    return json.dumps(text.strip())


def _date(text: str | None) -> datetime.date | None:
    from reviewer.errors import KstaleError

    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise KstaleError(f"--until {text}: is no date (2027-06-30)") from error


def _reported(name: str | None) -> dict[str, dict[str, str]]:
    from reviewer.errors import InputError

    if name is None:
        return {}
    try:
        findings = json.loads(Path(name).read_text(encoding="utf-8"))["findings"]
        return {one["fingerprint"]: {"rule": one["rule"], "path": one["path"]} for one in findings}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(name, 0, "is no report of kstale in JSON") from error


def _list(spec: str) -> int:
    from reviewer.settings.config import load
    from reviewer.settings.policy import today
    from reviewer.tree.opening import open_tree

    every = load(open_tree(spec)).suppressions
    if not every:
        print("nothing is suppressed")
    for one in every:
        until = f" until {one.expires}" if one.expires else ""
        until += " (expired)" if one.expires and one.expires < today() else ""
        where = " ".join(part for part in (one.path, one.rule) if part)
        print(escape(f"{one.fingerprint} {where}{until}: {one.reason}"))
    return 0
