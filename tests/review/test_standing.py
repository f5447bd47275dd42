"""Verdicts that are kept: the same bytes as without them, after whatever was changed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from reviewer.review.request import Request
from reviewer.review.scan import scan
from reviewer.review.worker import Judged, judge_batch
from tests.review.plantation import plant, scanned


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return plant(tmp_path / "linux")


def git(tree: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=tree, check=True, capture_output=True)


def test_jobs_and_order_and_commit_give_the_same_bytes(tree: Path, tmp_path: Path) -> None:
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "all")
    first = scanned(tree, tmp_path / "a", "--jobs", "1")
    assert first[0] == 1
    assert scanned(tree, tmp_path / "b", "--jobs", "3") == first
    paths = sorted((str(path.relative_to(tree)) for path in tree.rglob("*.[ch]")), reverse=True)
    assert scanned(tree, tmp_path / "c", paths=paths) == first
    status, out, ledger = scanned(f"{tree}@HEAD", tmp_path / "d")
    assert (status, out.replace(f"{tree}@HEAD", str(tree)), ledger) == first


def change_definition(tree: Path) -> None:
    """A function that comments elsewhere speak of gets another name."""
    file = tree / "mm" / "pond_05.c"
    file.write_text(file.read_text().replace("pond_fill_5_3", "pond_pour_5_3"))


def change_body(tree: Path) -> None:
    """A function that comments elsewhere pair with loses its barrier."""
    file = tree / "mm" / "pond_07.c"
    file.write_text(file.read_text().replace("\tsmp_wmb();\n", "", 3))


def add_file(tree: Path) -> None:
    """A name that comments speak of comes into being."""
    text = "int pond_gone_12(struct pond *pond)\n{\n\treturn 0;\n}\n"
    (tree / "mm" / "new.c").write_text(text)


def remove_file(tree: Path) -> None:
    """The functions of a file are gone."""
    (tree / "mm" / "pond_09.c").unlink()


def move_file(tree: Path) -> None:
    """The same content lies outside the kernel proper now."""
    (tree / "tools").mkdir()
    (tree / "mm" / "pond_11.c").rename(tree / "tools" / "pond_11.c")


def shift_lines(tree: Path) -> None:
    """What others speak of stands further down than it did."""
    file = tree / "mm" / "pond_13.c"
    file.write_text("\n\n" + file.read_text())


def reword(tree: Path) -> None:
    """A comment that is quoted where its partner is judged names another function."""
    file = tree / "mm" / "pond_07.c"
    file.write_text(file.read_text().replace("pond_level_7_0() pairs", "pond_level_8_0() pairs"))


def paste_name(tree: Path) -> None:
    """A name that comments speak of is glued together by a macro."""
    text = "#define POND_MAKE(x) int pond_go##x(struct pond *pond)\nPOND_MAKE(ne_12);\n"
    (tree / "include" / "make.h").write_text(text)


def write_document(tree: Path) -> None:
    """A document that a comment names comes into being, in a folder that was not there."""
    (tree / "Documentation" / "mm").mkdir(parents=True)
    (tree / "Documentation" / "mm" / "ponds.rst").write_text("Ponds\n")


@pytest.mark.parametrize(
    "change",
    [
        paste_name,
        write_document,
        reword,
        change_definition,
        change_body,
        add_file,
        remove_file,
        move_file,
        shift_lines,
    ],
)
def test_after_a_change_kept_verdicts_say_what_new_ones_say(
    tree: Path, tmp_path: Path, change: object
) -> None:
    assert callable(change)
    before = scanned(tree, tmp_path, "--jobs", "1")
    change(tree)
    after = scanned(tree, tmp_path, "--jobs", "1")
    assert after == scanned(tree, tmp_path / "fresh", "--jobs", "1")
    assert after[2] != before[2]


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are judged from here on, in the order in which they are."""
    monkeypatch.setenv("KSTALE_CACHE", str(tmp_path / "cache"))
    paths_judged: list[str] = []

    def judge(request: Request, paths: Sequence[str]) -> tuple[Judged, ...]:
        paths_judged.extend(paths)
        return judge_batch(request, paths)

    monkeypatch.setattr("reviewer.review.scan.judge_batch", judge)
    return paths_judged


def test_a_comment_costs_its_own_file_and_those_that_asked_for_it(
    tree: Path, judged: list[str]
) -> None:
    scan(Request(str(tree)))
    judged.clear()
    file = tree / "mm" / "pond_07.c"
    file.write_text(file.read_text() + "/* That is all. */\n")
    scan(Request(str(tree)))
    # What pond_06.c says of its partner there quotes a comment of it.
    assert judged == ["mm/pond_06.c", "mm/pond_07.c"]
    judged.clear()
    registers = tree / "include" / "registers.h"
    registers.write_text(registers.read_text() + "/* That is all. */\n")
    scan(Request(str(tree)))
    assert judged == ["include/registers.h"], "its many definitions are those that it had"
    judged.clear()
    file.write_text(file.read_text() + "int pond_end;\n")
    scan(Request(str(tree)))
    assert judged == ["mm/pond_06.c", "mm/pond_07.c"], "no other file asked for what is new"


def test_a_new_document_is_looked_for_by_those_that_name_it(tree: Path, judged: list[str]) -> None:
    scan(Request(str(tree)))
    judged.clear()
    write_document(tree)
    (tree / "Documentation" / "mm" / "herons.rst").write_text("Herons\n")
    scan(Request(str(tree)))
    assert judged == ["mm/pond_04.c", "mm/pond_12.c", "mm/pond_20.c"]
    judged.clear()
    (tree / "include" / "make.h").write_text("#define HERON_MAKE(x) int heron_##x(void)\n")
    scan(Request(str(tree)))
    assert judged == ["include/make.h"], "no comment speaks of a heron"


def test_only_files_that_asked_what_has_changed_are_judged_again(
    tree: Path, tmp_path: Path
) -> None:
    told = [scanned(tree, tmp_path, "--jobs", "1", "--format", "text", "--stats") for _ in "12"]
    assert "time in vanished-function" in told[0][1]
    assert "time in" not in told[1][1]
    assert told[0][2] == told[1][2]
