"""The store: what is kept, what is compiled again, and what a damaged file costs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.program.opening import open_program
from reviewer.program.program import Program
from reviewer.tree.dialect import Dialect
from reviewer.tree.folder import FolderTree
from reviewer.tree.opening import open_tree
from reviewer.unit.compile import compile_unit
from reviewer.unit.model import Unit
from reviewer.unit.store import Store
from reviewer.unit.table import Table, table_bytes
from tests.support import MemoryTree

FILES = {
    "mm/pond.c": "static int pond_level;\nint pond_fill(int by)\n{\n\treturn pond_level + by;\n}\n",
    "mm/duck.c": "int duck_feed(void)\n{\n\treturn pond_fill(1);\n}\n",
    "include/pond.h": "#define POND(x) pond_##x\nint pond_fill(int by);\n",
}


def plant(folder: Path, files: dict[str, str]) -> FolderTree:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return FolderTree(folder)


@pytest.fixture
def tree(tmp_path: Path) -> FolderTree:
    return plant(tmp_path / "linux", FILES)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def git(tree: FolderTree, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=tree.root, check=True, capture_output=True)


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths that are read from now on."""
    seen: list[str] = []
    plain = FolderTree.read

    def counted(tree: FolderTree, path: str) -> bytes | None:
        seen.append(path)
        return plain(tree, path)

    monkeypatch.setattr(FolderTree, "read", counted)
    return seen


def facts(program: Program) -> tuple[object, ...]:
    names = ("pond_fill", "duck_feed", "pond_level", "gone_name")
    return tuple((program.occurs(name), program.definitions(name)) for name in names)


def test_a_second_run_reads_only_what_changed(
    tree: FolderTree, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_program(tree, store=store)
    seen = reads(monkeypatch)
    open_program(tree, store=store)
    assert seen == []
    duck = tree.root / "mm/duck.c"
    duck.write_text("int duck_swim(void)\n{\n\treturn 1;\n}\n")
    os.utime(duck, ns=(1, 1))
    (tree.root / "include/pond.h").unlink()
    program = open_program(tree, store=store)
    assert seen == ["mm/duck.c"]
    assert program.occurs("duck_swim")
    assert not program.occurs("duck_feed")
    assert not program.occurs("POND")


def test_contents_are_shared_by_trees_and_commits(
    tree: FolderTree, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = facts(open_program(tree, store=store))
    compiled = 0

    def counted(data: bytes, kind: Dialect) -> Unit:
        nonlocal compiled
        compiled += 1
        return compile_unit(data, kind)

    monkeypatch.setattr("reviewer.unit.build.compile_unit", counted)
    copy = plant(tmp_path / "copy", FILES)
    assert facts(open_program(copy, store=store)) == whole
    git(copy, "init", "-q")
    git(copy, "add", ".")
    git(copy, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "pond")
    assert facts(open_program(open_tree(f"{copy.root}@HEAD"), store=store)) == whole
    assert compiled == 0


@pytest.mark.parametrize("damage", [b"", b"nonsense" * 20])
def test_a_damaged_segment_is_named_and_made_anew(
    tree: FolderTree, store: Store, damage: bytes
) -> None:
    whole = facts(open_program(tree, store=store))
    for path in store.folder.glob("*.units"):
        path.write_bytes(damage)
    again = Store(store.folder)
    assert facts(open_program(tree, store=again)) == whole
    assert again.damaged
    assert all("damaged" in line and ".units" in line for line in again.damaged)


def test_a_damaged_map_is_made_anew(tree: FolderTree, store: Store) -> None:
    whole = facts(open_program(tree, store=store))
    for path in store.folder.glob("*.tree"):
        path.write_bytes(path.read_bytes()[:-3])
    assert facts(open_program(tree, store=store)) == whole


def test_many_segments_are_merged_and_say_the_same(
    tree: FolderTree, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        text = f"int more_{number}(void)\n{{\n\treturn 0;\n}}\n"
        (tree.root / f"mm/more{number}.c").write_text(text)
        open_program(tree, store=store)
    assert len(list(store.folder.glob("*.units"))) <= 9
    program = open_program(tree, store=store)
    assert all(len(program.definitions(f"more_{number}")) == 1 for number in range(12))
    assert facts(program) == facts(open_program(tree))
    assert program.similar("more_o") == open_program(tree).similar("more_o")


def test_a_store_that_cannot_be_written_is_done_without(tree: FolderTree, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    store = Store(blocked / "store")
    assert facts(open_program(tree, store=store)) == facts(open_program(tree))
    assert not store.kept


_BUILD = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from reviewer.program.opening import open_program
    from reviewer.tree.dialect import Dialect
from reviewer.tree.folder import FolderTree
    from reviewer.unit.store import Store
    open_program(FolderTree(sys.argv[1]), store=Store(Path(sys.argv[2])), jobs=2)
    """
)


def test_a_killed_first_run_is_gone_on_with(tmp_path: Path) -> None:
    body = "".join(f"int pond_{n}(int x)\n{{\n\treturn x + {n};\n}}\n" for n in range(400))
    files = {f"mm/f{n}.c": body.replace("pond_", f"pond{n}_") for n in range(400)}
    tree = plant(tmp_path / "linux", files)
    folder = tmp_path / "store"
    for wait in (0.3, 0.6, 0.9):
        run = subprocess.Popen([sys.executable, "-c", _BUILD, str(tree.root), str(folder)])
        time.sleep(wait)
        run.send_signal(signal.SIGKILL)
        run.wait()
    program = open_program(tree, store=Store(folder))
    assert all(len(program.definitions(f"pond{n}_7")) == 1 for n in range(400))
    assert not list(folder.glob("*.part"))


def test_tables_give_back_what_they_were_given() -> None:
    rows = [(n * 0x9E3779B97F4A7C15 % (1 << 64), [n, n + 3]) for n in range(1000)]
    rows.sort()
    table = Table(memoryview(table_bytes(rows, 6)))
    assert all(table.get(hashed) == values for hashed, values in rows)
    assert table.get(rows[5][0] + 1) == []
    assert list(table.between(0, 1 << 64)) == rows
    with pytest.raises(ValueError, match="cut short"):
        Table(memoryview(table_bytes(rows, 6)[:-1]))


def _linked(file: Path, to: str) -> None:
    file.unlink()
    file.symlink_to(to)


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": lambda mm: (mm / "pond.c").write_text("int pond_other;\n"),
    "same size": lambda mm: (mm / "pond.c").write_text(FILES["mm/pond.c"].replace("by", "at")),
    "added": lambda mm: (mm / "new.c").write_text("int pond_new;\n"),
    "no code": lambda mm: (mm / "notes.txt").write_text("pond\n"),
    "removed": lambda mm: (mm / "duck.c").unlink(),
    "renamed": lambda mm: (mm / "duck.c").rename(mm / "goose.c"),
    "a link": lambda mm: _linked(mm / "duck.c", "pond.c"),
    "a folder": lambda mm: (mm / "deep" / "er").mkdir(parents=True),
    "moved away": lambda mm: mm.rename(mm.parent / "elsewhere"),
    "a file deep": lambda mm: (mm / "sub" / "x.c").write_text("int pond_deep;\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_listing_stands_until_something_changes(
    change: str, tree: FolderTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders are not read again whose entries are those that they had; all else is seen."""
    (tree.root / "mm" / "sub").mkdir()
    listing = tree.listing(lambda name: name.endswith((".c", ".h")))
    assert not tree.stands(listing), "written a moment ago: another change might not show"
    monkeypatch.setattr("reviewer.tree.folder._TICK", 0)
    listing = tree.listing(lambda name: name.endswith((".c", ".h")))
    time.sleep(0.02)  # coarser than that no file system of today tells times
    assert tree.stands(listing)
    CHANGES[change](tree.root / "mm")
    assert not tree.stands(listing)


def test_a_tree_that_has_settled_is_not_listed_again(
    tree: FolderTree, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_program(tree, store=store)
    monkeypatch.setattr("reviewer.tree.folder._TICK", 0)
    time.sleep(0.02)
    open_program(tree, store=store)  # what was new is old by now, and that is kept
    monkeypatch.setattr(FolderTree, "listing", None)
    assert open_program(tree, store=store).occurs("pond_fill")


def test_of_a_tree_without_a_name_nothing_is_kept(store: Store) -> None:
    """The next one, of other files, was taken for it."""
    large = {f"mm/duck{number}.c": b"int duck;\n" * 20_000 for number in range(10)}
    assert open_program(MemoryTree(large), store=store).defined("duck")
    other = open_program(MemoryTree({"mm/pond.c": b"int pond;\n"}), store=store)
    assert other.defined("pond")
    assert not other.defined("duck")
