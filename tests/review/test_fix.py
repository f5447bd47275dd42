"""``kstale fix``: patches that apply, change comments alone, and leave a clean second scan."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reviewer.cli.main import CLEAN, FINDINGS, main

Capture = pytest.CaptureFixture[str]
MAINTAINERS = """\
List of maintainers

FISH
M:	Ann Other <ann@fish.invalid>
L:	linux-fish@lists.invalid (moderated)
F:	fs/

POND
M:	Ben Other <ben@pond.invalid>
F:	mm/
"""
BODY = """\
int {name}(struct pond *pond, int depth)
{{
	int fish = 0;

	while (depth-- > 0)
		fish += pond->fish[depth] * 2;
	return fish + pond->more;
}}
"""
POND = """\
#include "pond.h"

{body}
/*
 * Runs before {old}() counts, as
 * {old} would miss the fish that this function adds here.
 */
void feed(struct pond *pond)
{{
	pond->more++;
}}
"""
LAKE = """\
#ifdef CONFIG_LAKE_DEEP
/* Held back by count_fish_in_pond() and by pond_never_was(). */
int lake;
#endif /* CONFIG_LAKE_COLD */
/* Taken with mmap_sem held for reading. */
int sea(struct mm *mm)
{
	return mm->mmap_lock;
}
"""
TYPES = "struct rw_semaphore;\nstruct mm { struct rw_semaphore mmap_lock; };\n"


def plant(root: Path, name: str) -> Path:
    files = {
        "MAINTAINERS": MAINTAINERS,
        "mm/pond.c": POND.format(body=BODY.format(name=name), old="count_fish_in_pond"),
        "mm/pond.h": "struct pond { int fish[9]; int more; };\n",
        "fs/lake.c": LAKE,
        "include/linux/mm_types.h": TYPES,
        "fs/Kconfig": "config LAKE_DEEP\n\tbool\nconfig LAKE_COLD\n\tbool\n",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    old = plant(tmp_path / "old", "count_fish_in_pond")
    return old, plant(tmp_path / "new", "pond_count_fish_below")


def test_patches_apply_and_leave_nothing_to_fix(
    trees: tuple[Path, Path], tmp_path: Path, capsys: Capture
) -> None:
    old, new = trees
    out = tmp_path / "out"
    before = {path: path.read_bytes() for path in new.rglob("*") if path.is_file()}
    assert main(["fix", str(new), "--was", str(old), "-o", str(out)]) == FINDINGS
    assert "4 of 5 findings can be put right for certain" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in before} == before
    made = sorted(out.iterdir())
    assert [one.name for one in made] == [
        "0001-lake-update-stale-names-in-comments.patch",
        "0002-mm-pond-update-stale-names-in-comments.patch",
    ]
    for patch in made:
        command = ["git", "apply", "--whitespace=error-all", str(patch)]
        subprocess.run(command, cwd=new, check=True)
    assert main(["fix", str(new), "--was", str(old)]) == CLEAN
    text = (new / "mm/pond.c").read_text()
    assert " * pond_count_fish_below would miss the fish that this function" in text
    assert max(map(len, text.expandtabs(8).splitlines())) <= 80
    lake = (new / "fs/lake.c").read_text()
    assert "#endif /* CONFIG_LAKE_DEEP */" in lake
    assert "Taken with mmap_lock held" in lake
    assert "by pond_count_fish_below() and by pond_never_was()" in lake


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_a_summary_says_what_was_compiled(trees: tuple[Path, Path], capsys: Capture) -> None:
    command = ["fix", str(trees[1]), "--was", str(trees[0]), "--jobs", "1"]
    assert main(command) == FINDINGS
    assert "; not compiled, 2: " in capsys.readouterr().err
    generated = trees[1] / "include" / "generated"
    generated.mkdir()
    (generated / "autoconf.h").touch()
    lake = trees[1] / "fs" / "lake.c"
    lake.write_text(f"#include <nowhere.h>\n{LAKE}")
    assert main(command) == FINDINGS
    assert (
        "; compiled, 1; not compiled, 1: the file does not compile here as it is; "
        "subjects begin as paths do, there is no git history to ask\n" in capsys.readouterr().err
    )


def test_a_patch_is_a_mail_to_the_maintainers(trees: tuple[Path, Path], capsys: Capture) -> None:
    old, new = trees
    assert main(["fix", str(new), "fs", "--was", str(old)]) == FINDINGS
    out = capsys.readouterr().out
    assert "Subject: [PATCH] lake: update stale names in comments\n" in out
    assert "To: Ann Other <ann@fish.invalid>\nCc: linux-fish@lists.invalid\n" in out
    assert "with the same body" in " ".join(out.split())
    assert "diff --git a/fs/lake.c b/fs/lake.c" in out


def test_history_gives_the_commit_and_contradicts(tmp_path: Path, capsys: Capture) -> None:
    repo = tmp_path / "repo"
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.invalid", "-C", str(repo)]
    plant(repo, "count_fish_in_pond")
    subprocess.run(["git", "init", "-q", str(repo)], check=True)
    for subject, name in (("pond: begin", ""), ("pond: say what it is", "pond_count_fish_below")):
        if name:
            plant(repo, name)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", subject], check=True)
    argv = ["fix", f"{repo}@HEAD", "mm", "--was", f"{repo}@HEAD~"]
    assert main(argv) == FINDINGS
    out = capsys.readouterr().out
    assert '("pond: say what it is")' in out
    assert "Subject: [PATCH] pond: update stale names in comments" in out


def test_two_that_fit_prove_nothing(trees: tuple[Path, Path], capsys: Capture) -> None:
    old, new = trees
    with (new / "mm/pond.c").open("a") as file:
        file.write("\n" + BODY.format(name="pond_count_twice"))
    assert main(["fix", str(new), "mm", "--was", str(old)]) == CLEAN
    assert "0 of 1 findings" in capsys.readouterr().err


def test_a_member_in_the_same_place(trees: tuple[Path, Path], capsys: Capture) -> None:
    struct = "struct weir {{\n\tint a_first;\n\tlong {name};\n\tint z_last;\n}};\n"
    for root, name in zip(trees, ("freed_pages", "freed_folios"), strict=True):
        (root / "fs/weir.h").write_text(
            struct.format(name=name) + "/* freed_pages only grows */\nint weir;\n"
        )
    old, new = trees
    assert main(["fix", str(new), "fs/weir.h", "--was", str(old)]) == FINDINGS
    assert "+/* freed_folios only grows */" in capsys.readouterr().out


@pytest.mark.parametrize("words", ["the mutex mmap_sem", "the mmap_sem semaphore"])
def test_a_sentence_that_names_the_kind_of_lock_is_left_alone(
    words: str, trees: tuple[Path, Path], tmp_path: Path, capsys: Capture
) -> None:
    lake = trees[1] / "fs" / "lake.c"
    lake.write_text(LAKE.replace("Taken with mmap_sem", f"Taken with {words}"))
    main(["fix", str(trees[1]), "fs", "--jobs", "1"])
    assert "mmap_lock" not in capsys.readouterr().out


def test_a_macro_that_makes_a_function_is_no_name(
    trees: tuple[Path, Path], capsys: Capture
) -> None:
    long = BODY.replace(
        "\tint fish = 0;\n", "\tint fish = 0;\n" + "\tfish += pond->more * 3;\n" * 20
    )
    before = long.format(name="count_fish_in_pond")
    (trees[0] / "mm" / "pond.c").write_text(POND.format(body=before, old="count_fish_in_pond"))
    made = "#define POND_CALLBACK(name) int name(struct pond *pond, int depth)\n"
    body = long.format(name="count").replace(
        "int count(struct pond *pond, int depth)", "static POND_CALLBACK(count)"
    )
    after = made + POND.format(body=body, old="count_fish_in_pond")
    (trees[1] / "mm" / "pond.c").write_text(after)
    main(["fix", str(trees[1]), "mm", "--was", str(trees[0]), "--jobs", "1"])
    assert "POND_CALLBACK" not in capsys.readouterr().out


def test_a_stub_that_is_new_took_no_place(trees: tuple[Path, Path], capsys: Capture) -> None:
    stub = (
        "static inline int {}(struct pond *pond, unsigned long depth)\n{{\n\treturn -ENODEV;\n}}\n"
    )
    for root, name in zip(trees, ("count_fish_in_pond", "drain_the_lake"), strict=True):
        text = POND.format(body=stub.format(name), old="count_fish_in_pond")
        (root / "mm" / "pond.c").write_text(text)
    main(["fix", str(trees[1]), "mm", "--was", str(trees[0]), "--jobs", "1"])
    assert "drain_the_lake" not in capsys.readouterr().out


def test_files_of_no_section_have_a_patch_each(trees: tuple[Path, Path], capsys: Capture) -> None:
    root = trees[1]
    (root / "lib").mkdir()
    for name in ("one", "two"):
        (root / "lib" / f"{name}.c").write_text(LAKE)
    main(["fix", str(root), "lib", "--jobs", "1"])
    out = capsys.readouterr().out
    assert out.count("Subject: [PATCH] lib/one: ") == out.count("Subject: [PATCH] lib/two: ") == 1


@pytest.mark.parametrize(
    ("guard", "said", "fixed"), [("LAEK_H", "LAKE_H", 0), ("LAKE_H", "LAEK_H", 1)]
)
def test_a_misspelled_guard_is_no_word_for_a_comment(
    guard: str, said: str, fixed: int, trees: tuple[Path, Path], capsys: Capture
) -> None:
    header = trees[1] / "fs" / "lake.h"
    header.write_text(f"#ifndef {guard}\n#define {guard}\nint lake;\n#endif /* {said} */\n")
    main(["fix", str(trees[1]), "fs/lake.h", "--jobs", "1"])
    assert capsys.readouterr().out.count("+#endif") == fixed


def test_a_patch_of_a_long_file_has_nothing_but_the_change(
    trees: tuple[Path, Path], capsys: Capture
) -> None:
    header = trees[1] / "fs" / "lake.h"
    body = "int lake;\n\n" * 150  # difflib takes such lines for junk
    header.write_text(f"#ifndef LAKE_H\n#define LAKE_H\n{body}#endif /* POND_H */\n\n")
    main(["fix", str(trees[1]), "fs/lake.h", "--jobs", "1"])
    lines = capsys.readouterr().out.partition("@@\n")[2].splitlines()
    assert [line for line in lines if line[:1] in "+-" and line[:1]] == [
        "-#endif /* POND_H */",
        "+#endif /* LAKE_H */",
    ]


@pytest.mark.parametrize("beside", [False, True])
def test_a_file_that_stood_beside_the_one_that_went_is_not_it(
    beside: bool, trees: tuple[Path, Path], capsys: Capture
) -> None:
    old, new = trees
    text = "How fish are counted\nin a pond\n"
    for root, path in ((old, "pond.txt"), (new, "fish/pond.rst"), (old, "fish/pond.rst")):
        (root / "Documentation/fish").mkdir(parents=True, exist_ok=True)
        if beside or (root, path) != (old, "fish/pond.rst"):
            (root / "Documentation" / path).write_text(text, encoding="utf-8")
    for root in trees:
        words = "/* Documentation/pond.txt says how. */\nint weir;\n"
        (root / "mm/weir.c").write_text(words, encoding="utf-8")
    main(["fix", str(new), "mm/weir.c", "--was", str(old), "--no-config"])
    told = "+/* Documentation/fish/pond.rst says how. */" in capsys.readouterr().out
    assert told is not beside
