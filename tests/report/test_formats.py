"""Every output format: golden files, the schemas of JSON and SARIF, hostile text."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reviewer import __version__
from reviewer.claims.model import Term
from reviewer.cli.main import CLEAN, FINDINGS, main
from reviewer.report import formats
from reviewer.report.race import race_of
from reviewer.report.stream import Item, PatchName, Style, Summary
from reviewer.review.request import Request
from reviewer.review.scan import scan
from reviewer.verdict import Location

ROOT = Path(__file__).resolve().parents[2]
TREE = str(ROOT / "fixtures" / "tree")
PATCHES = ROOT / "fixtures" / "patches"
GOLDEN = Path(__file__).parent / "golden" / "formats"
SCHEMA = ROOT / "reviewer" / "report" / "findings.schema.json"
SARIF = Path(
    os.environ.get("KSTALE_SARIF_SCHEMA", "~/.cache/kstale/schemas/sarif-schema-2.1.0.json")
).expanduser()
Capture = pytest.CaptureFixture[str]


def _output(capsys: Capture, *argv: str) -> str:
    main(list(argv))
    return capsys.readouterr().out.replace(TREE, "TREE").replace(f'"{__version__}"', '"VERSION"')


@pytest.mark.parametrize("name", [one for one in formats.names() if one != "html"])
@pytest.mark.parametrize("patch", ["ksm-drop-flush.patch", "ksm-two-steps.mbox"])
def test_check_writes_what_it_always_wrote(
    name: str, patch: str, golden: Callable[[Path, str], None], capsys: Capture
) -> None:
    out = _output(capsys, "check", str(PATCHES / patch), "--tree", TREE, "--format", name)
    golden(GOLDEN / f"{Path(patch).stem}.{name}.expected", out)


@pytest.mark.parametrize(
    "options", [(), ("-v",), ("--color", "always")], ids=["short", "-v", "colour"]
)
def test_scan_in_text(
    options: tuple[str, ...], golden: Callable[[Path, str], None], capsys: Capture
) -> None:
    name = "".join(options).strip("-").replace("color", "") or "short"
    golden(GOLDEN / f"scan.{name}.expected", _output(capsys, "scan", TREE, "--jobs", "1", *options))


@pytest.mark.parametrize("name", ["terse", "b4", "github"])
def test_clean_is_silent(name: str, capsys: Capture) -> None:
    argv = ["check", str(PATCHES / "ksm-clean.patch"), "--tree", TREE, "--format", name]
    assert main(argv) == CLEAN
    assert capsys.readouterr().out == ""


def test_terse_is_clean_for_an_editors_quickfix(capsys: Capture) -> None:
    out = _output(capsys, "scan", TREE, "--jobs", "1", "--format", "terse")
    for line in out.splitlines():
        assert re.fullmatch(r"[\w./-]+:\d+: (?:low|medium|high): .+ \[[a-z-]+\]", line)


@pytest.mark.parametrize(
    "argv",
    [
        ("scan", TREE, "--jobs", "1"),
        ("check", str(PATCHES / "ksm-drop-flush.patch"), "--tree", TREE),
        ("check", str(PATCHES / "ksm-two-steps.mbox"), "--tree", TREE),
        ("check", str(PATCHES / "ksm-clean.patch"), "--tree", TREE),
    ],
)
def test_json_fits_its_schema(argv: tuple[str, ...], capsys: Capture) -> None:
    document = json.loads(_output(capsys, *argv, "--format", "json"))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    stats = document["stats"]
    decided = ("holds", "agrees", "broken", "unknown", "unjudged")
    assert stats["claims"] == sum(stats[name] for name in decided)


def test_findings_of_a_series_name_their_patch(capsys: Capture) -> None:
    argv = ("check", str(PATCHES / "ksm-two-steps.mbox"), "--tree", TREE, "--format", "json")
    document = json.loads(_output(capsys, *argv))
    named = [one["patch"] for one in (*document["findings"], *document["corrected"])]
    assert named
    assert all(one["total"] == 2 and one["subject"] and one["message_id"] for one in named)


def test_sarif_is_valid(capsys: Capture) -> None:
    if not SARIF.is_file():
        pytest.skip(f"no SARIF schema at {SARIF} (KSTALE_SARIF_SCHEMA names one)")
    schema = json.loads(SARIF.read_text(encoding="utf-8"))
    for patch in ("ksm-drop-flush.patch", "ksm-two-steps.mbox", "ksm-clean.patch"):
        argv = ("check", str(PATCHES / patch), "--tree", TREE, "--format", "sarif")
        jsonschema.Draft4Validator(schema).validate(json.loads(_output(capsys, *argv)))


@pytest.mark.parametrize("name", ["json", "sarif", "html", "gitlab"])
def test_no_half_of_a_report_is_written_where_there_is_none(
    name: str, tmp_path: Path, capsys: Capture
) -> None:
    mail, report = tmp_path / "mail", tmp_path / "report.html"
    mail.write_text("From: a@example.org\nSubject: hello\n\nNo patch.\n", encoding="utf-8")
    report.write_text("an older report", encoding="utf-8")
    argv = ["check", str(mail), "--tree", TREE, "--format", name]
    assert main(argv) == 2
    assert capsys.readouterr().out == ""
    assert main([*argv, "-o", str(report)]) == 2
    assert report.read_text(encoding="utf-8") == "an older report"


def test_sarif_says_what_was_left_out(tmp_path: Path, capsys: Capture) -> None:
    broken = (PATCHES / "malformed" / "wrong-context.patch").read_bytes()
    mails = tmp_path / "mails"
    mails.write_bytes((PATCHES / "ksm-drop-flush.patch").read_bytes() + b"\n" + broken)
    argv = ["check", str(PATCHES / "ksm-drop-flush.patch"), str(mails), "--tree", TREE]
    assert main([*argv, "--format", "sarif"]) == 2
    (invocation,) = json.loads(capsys.readouterr().out)["runs"][0]["invocations"]
    assert not invocation["executionSuccessful"]
    told = [n for n in invocation["toolExecutionNotifications"] if n["level"] == "error"]
    assert any("does not apply" in one["message"]["text"] for one in told)


def test_sarif_has_a_thread_flow_for_each_cpu(capsys: Capture) -> None:
    argv = ("check", str(PATCHES / "ksm-drop-flush.patch"), "--tree", TREE, "--format", "sarif")
    results = json.loads(_output(capsys, *argv))["runs"][0]["results"]
    flows = [flow for one in results for flow in one.get("codeFlows", ())]
    assert [[thread["id"] for thread in flow["threadFlows"]] for flow in flows] == [
        ["CPU 0", "CPU 1"]
    ]
    orders = [
        step["executionOrder"] for thread in flows[0]["threadFlows"] for step in thread["locations"]
    ]
    assert sorted(orders) == list(range(1, len(orders) + 1))


def test_a_race_is_read_back_from_its_drawing(capsys: Capture) -> None:
    argv = ("check", str(PATCHES / "ksm-drop-flush.patch"), "--tree", TREE, "--format", "json")
    findings = json.loads(_output(capsys, *argv))["findings"]
    drawing = next(w["drawing"] for one in findings if (w := one["evidence"]["witness"]))
    race = race_of(drawing)
    assert race is not None
    shown = re.sub(r"\s+", "", drawing.split("CPU 1", 1)[1])
    steps = "".join(step.text + step.notes for step in race.steps) + race.outcome
    assert re.sub(r"\s+", "", steps) == shown
    assert race_of("no columns here") is None


_HOSTILE = "\x1b[2J\u202e\x9b\x7f\r\n\udc80::error::"


def _hostile() -> list[Item | Summary]:
    """Findings whose every foreign text is hostile."""
    report = scan(Request(TREE))
    place = Location(f"mm/{_HOSTILE}.c", 3, _HOSTILE)
    name = PatchName(1, 2, _HOSTILE, _HOSTILE, "")
    found = [
        replace(
            one,
            path=f"mm/{_HOSTILE}.c",
            quote=f"words {_HOSTILE}",
            claim=replace(one.claim, said_subject=Term("x", _HOSTILE)),
            verdict=replace(
                one.verdict,
                message=f"said {_HOSTILE}",
                evidence=replace(one.evidence, locations=(place,)),
            ),
        )
        for one in report.findings
    ]
    assert found
    items = [Item(one, name, section=_HOSTILE) for one in found]
    return [*items, Summary(_HOSTILE, report.stats, (_HOSTILE,))]


@pytest.mark.parametrize("name", formats.names())
def test_nothing_raw_is_written(name: str) -> None:
    out = "".join(formats.load(name).render(_hostile(), Style(verbose=True, hints=True)))
    assert out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out)
    assert not re.search("^::error::", out, re.M)
    out.encode()


def test_every_format_says_what_it_is_for() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    for name in formats.names():
        assert formats.load(name).SUMMARY
        assert f"`{name}`" in page


def test_output_goes_to_a_file(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "report.json"
    argv = ["scan", TREE, "--jobs", "1", "--format", "json", "-o", str(file)]
    assert main(argv) == FINDINGS
    assert capsys.readouterr().out == ""
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert document["findings"]


def test_a_gone_name_is_shown_in_its_sentence(
    tmp_path: Path, golden: Callable[[Path, str], None], capsys: Capture
) -> None:
    file = tmp_path / "mm" / "pond.c"
    file.parent.mkdir()
    file.write_text(
        "/*\n * Ducks are counted first. Whoever drains calls pond_empty_all() for the last of\n"
        " * the water, since pond_drain() leaves what stands below the outlet and nobody\n"
        " * else would come back for it before the winter; then the door is shut.\n */\n"
        "int pond_drain(int depth)\n{\n\treturn depth;\n}\n"
    )
    argv = ("scan", str(tmp_path), "--jobs", "1")
    out = _output(capsys, *argv).replace(str(tmp_path), "TREE")
    golden(GOLDEN / "scan.name.expected", out)
