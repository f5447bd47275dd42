"""``kstale trend``: counts over releases that add up, with a known answer in a repository."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from reviewer.cli.main import CLEAN, FAILED, FINDINGS, main

Capture = pytest.CaptureFixture[str]
MAINTAINERS = "PONDS <&> FISH\nM:\tA <a@x.org>\nF:\tmm/\n\nWELLS\nF:\tlib/\n"
GONE = "\n/* Called with pond_{n}_lock held. */\nstatic void side_{n}(void)\n{{\n}}\n"
SOUND = "\n/* See pond_here() for it. */\nint pond_here(void)\n{\n\treturn 0;\n}\n"


def commit(repository: Path, tag: str, files: dict[str, str | None]) -> None:
    for path, text in files.items():
        file = repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
    who = ["-c", "user.name=A", "-c", "user.email=a@x.org"]
    for command in (["add", "-A"], [*who, "commit", "-qm", tag], ["tag", tag]):
        subprocess.run(["git", "-C", repository, *command], check=True)


@pytest.fixture
def ponds(tmp_path: Path) -> Path:
    """Three releases: one stale comment; two born, one moved down; one mended, one file away."""
    repository = tmp_path / "ponds"
    repository.mkdir()
    subprocess.run(["git", "init", "-q", repository], check=True)
    first = SOUND + GONE.format(n=1)
    commit(repository, "v1", {"MAINTAINERS": MAINTAINERS, "mm/pond.c": first})
    more = "int other;\n" + first + GONE.format(n=2)
    commit(repository, "v2", {"mm/pond.c": more, "lib/well.c": GONE.format(n=3)})
    mended = more.replace("pond_1_lock held", "care")
    commit(repository, "v3", {"mm/pond.c": mended, "lib/well.c": None})
    return repository


def counted(capsys: Capture, *argv: str) -> list[dict[str, Any]]:
    assert main(["trend", *argv, "--jobs", "1", "--format", "json"]) == CLEAN
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["releases"]
    return found


def count(stale: int, born: int = 0, mended: int = 0) -> dict[str, int]:
    return {"stale": stale, "born": born, "mended": mended}


def test_what_was_born_and_mended_is_told_by_section(ponds: Path, capsys: Capture) -> None:
    releases = counted(capsys, *(f"{ponds}@{tag}" for tag in ("v1", "v2", "v3")))
    sections = [one["sections"] for one in releases]
    pond = "PONDS <&> FISH"
    assert [one[pond] for one in sections] == [count(1), count(2, born=1), count(1, mended=1)]
    assert [one["WELLS"] for one in sections] == [count(0), count(1, born=1), count(0, mended=1)]
    assert [one["all"] for one in releases] == [count(1), count(3, 2, 0), count(1, 0, 2)]


def test_a_comment_that_moves_to_another_section_is_born_there(
    ponds: Path, capsys: Capture
) -> None:
    commit(ponds, "v4", {"mm/pond.c": SOUND, "lib/well.c": GONE.format(n=2)})
    releases = counted(capsys, f"{ponds}@v3", f"{ponds}@v4")
    assert releases[1]["sections"]["WELLS"] == count(1, born=1)
    assert releases[1]["sections"]["PONDS <&> FISH"] == count(0, mended=1)


def _judged(*batch: object) -> None:
    raise AssertionError("judged again")


def test_what_a_ledger_kept_is_not_judged_again(
    ponds: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ponds / "registers.h").write_text("#define POND_REGISTER 1\n" * 60_000)  # worth a store
    commit(ponds, "v5", {})
    assert main(["scan", f"{ponds}@v5", "--jobs", "1", "--ledger"]) == FINDINGS
    capsys.readouterr()
    monkeypatch.chdir(ponds)
    monkeypatch.setattr("reviewer.review.scan.judge_batch", _judged)
    [one] = counted(capsys, "v5")
    assert one["all"] == count(1)


def test_the_picture_is_whole_and_safe(ponds: Path, tmp_path: Path) -> None:
    out = tmp_path / "trend.svg"
    trees = [f"{ponds}@v1", f"{ponds}@v2"]
    assert main(["trend", *trees, "--format", "svg", "-o", str(out), "--jobs", "1"]) == CLEAN
    root = ET.fromstring(out.read_text(encoding="utf-8"))
    words = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "PONDS <&> FISH" in words
    assert "2+1" in words


def test_the_table(ponds: Path, capsys: Capture) -> None:
    assert main(["trend", f"{ponds}@v2", f"{ponds}@v3", "--jobs", "1"]) == CLEAN
    rows = [line.split(None, 4) for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == [
        ["3", "1", "+0", "-2", "all"],
        ["2", "1", "+0", "-1", "PONDS <&> FISH"],
        ["1", "0", "+0", "-1", "WELLS"],
    ]


def test_a_path_that_no_tree_has_is_an_error(ponds: Path, capsys: Capture) -> None:
    assert main(["trend", f"{ponds}@v1", "--path", "nowhere"]) == FAILED
    assert "nowhere: in none of" in capsys.readouterr().err
