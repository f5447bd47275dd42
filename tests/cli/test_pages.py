"""The pages that are made from parser and rules are those in docs/; completion in a real shell."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reviewer.cli.main import COMMANDS, build_parser, main
from reviewer.cli.pages import pages
from reviewer.cli.reference import commands
from reviewer.rule import builtin_rules, load_rules

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_made_pages_are_up_to_date() -> None:
    for path, text in pages().items():
        assert (DOCS / path).read_text(encoding="utf-8") == text, f"{path}: run make docs"


def test_each_command_and_rule_has_its_place() -> None:
    made = pages()
    there = {f"commands/{file.name}" for file in (DOCS / "commands").iterdir()}
    assert there == {path for path in made if path.startswith("commands/")}
    assert {f"commands/{name}.md" for name in COMMANDS} <= there
    for rule in load_rules(builtin_rules()):
        assert f"\n### {rule.name}\n" in made["rules.md"]


def test_every_argument_says_what_it_is() -> None:
    silent = [
        (command.name, each.spelled)
        for command in commands(build_parser())
        for _, arguments in command.groups
        for each in arguments
        if not each.help
    ]
    assert not silent


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_manual_page_is_good_roff() -> None:
    done = subprocess.run(
        ["groff", "-ww", "-man", "-Tutf8", str(DOCS / "kstale.1")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr
    assert "reply that quotes a patch" in " ".join(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [("sc", "scan"), ("check --form", "--format"), ("hook in", "install")],
)
def test_bash_completes(words: str, offered: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    typed = ["kstale", *words.split()]
    asked = (
        f"COMP_WORDS=({' '.join(typed)}); COMP_CWORD={len(typed) - 1}; COMPREPLY=()\n"
        '_shtab_kstale; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", f"{script}\n{asked}"], capture_output=True, text=True, check=True
    )
    assert offered in done.stdout.split()


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_get_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert "simulate" in out
    assert "all-machines" in out
