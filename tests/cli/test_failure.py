"""Exit status 2 is for whatever is neither clean nor a finding, and is never silent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.cli import rules
from reviewer.cli.main import FAILED, main

ROOT = Path(__file__).resolve().parents[2]
RULES = [sys.executable, "-m", "reviewer", "rules"]
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("odd \x1b[2J value"), r"internal error, ValueError: odd \x1b[2J value"),
        (RecursionError("too deep"), "internal error, RecursionError"),
        (MemoryError(), "out of memory"),
        (KeyboardInterrupt(), "interrupted"),
        (PermissionError(13, "Permission denied", "/x\ny"), r"/x\ny: Permission denied"),
    ],
)
def test_an_exception_is_status_2_and_one_line(
    error: BaseException, words: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr(rules, "run", fail)
    assert main(["rules"]) == FAILED
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_machine_without_git_is_told_of_it(tmp_path: Path) -> None:
    for command in (
        ["scan", f"{tmp_path}@v6.1"],
        ["check", "--git", "HEAD", "--tree", str(tmp_path)],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "reviewer", *command],
            env=os.environ | {"PATH": str(tmp_path), "PYTHONPATH": str(ROOT), "KSTALE_DAEMON": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == FAILED
        assert done.stderr == "kstale: git cannot be run: it is in no folder of PATH\n"


@pytest.mark.parametrize(
    "argv",
    [
        ["explain", "suppress", "\x1b[2J"],
        ["\x1b[2J"],
        ["scan", ".", "--by", "\x1b[2J"],
        ["\udc80\u202e"],
    ],
)
def test_words_that_are_no_option_are_shown_escaped(argv: list[str], capsys: Capture) -> None:
    assert main(argv) == FAILED
    said = capsys.readouterr().err
    assert said
    assert all(char.isprintable() or char == "\n" for char in said)


def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def fail(_: object) -> int:
        raise ValueError("odd")

    monkeypatch.setattr(rules, "run", fail)
    assert main(["rules", "--debug"]) == FAILED
    assert "test_failure.py" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_status_2() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(RULES, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.returncode == FAILED
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("where", [">&-", "> /dev/full"])
def test_an_output_that_takes_nothing_is_status_2(where: str) -> None:
    shell = f'"{sys.executable}" -m reviewer rules {where}'
    done = subprocess.run(["sh", "-c", shell], cwd=ROOT, stderr=subprocess.PIPE, check=False)
    assert done.returncode == FAILED
    assert done.stderr.count(b"\n") == 1


def test_a_locale_without_the_characters_is_no_error() -> None:
    code = "from reviewer.cli.main import main; import sys; sys.exit(main(['explain', '\\u202e']))"
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == FAILED
    assert b"\\u202e" in done.stderr
