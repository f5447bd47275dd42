"""Names of older trees: what is defined where, beside a store of whole units."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from reviewer.program.older import Older
from reviewer.program.opening import open_names, open_program
from reviewer.program.program import Program
from reviewer.tree.opening import open_tree
from reviewer.unit.store import Store

OLD = {
    "mm/pond.c": "static int pond_level;\nint pond_fill(int by)\n{\n\treturn pond_level;\n}\n",
    "mm/duck.c": 'int duck_feed(void)\n{\n\treturn pond_fill(1, "duck_food"); /* goose_egg */\n}\n',
    "include/pond.h": "enum pond_state { POND_DRY, POND_FULL };\nstruct pond { int depth; };\n",
    "mm/Kconfig": "config POND\n\tbool\n",
}
NEW = OLD | {"mm/pond.c": "int pond_pour(int by)\n{\n\treturn by;\n}\n"}
NAMES = ("pond_level", "pond_fill", "duck_feed", "pond_state", "POND_DRY", "pond", "depth", "goose")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two releases: v1 and, with one file changed, v2."""
    folder = tmp_path / "linux"
    folder.mkdir()
    _git(folder, "init", "-q")
    for tag, files in (("v1", OLD), ("v2", NEW)):
        _plant(folder, files)
        _git(folder, "add", "-A")
        _git(folder, "-c", "user.name=A", "-c", "user.email=a@b.invalid", "commit", "-qm", tag)
        _git(folder, "tag", tag)
    return folder


def _plant(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def _units(folder: Path) -> int:
    return sum(one.count for one in Store(folder).segments())


def _answers(program: Program) -> dict[str, object]:
    return {name: program.definitions(name) for name in NAMES}


def test_an_older_tree_defines_what_it_defines_when_whole(repository: Path, store: Store) -> None:
    tree = open_tree(f"{repository}@v1")
    names, whole = open_names(tree, store=store)
    assert not whole
    assert names.complete
    found = _answers(names)
    assert found == _answers(open_program(tree))
    assert all(found[name] for name in NAMES[:-1])
    assert names.defined("pond_fill")
    assert names.config("POND")
    assert not names.mentions("goose_egg")  # of uses, strings and comments it knows nothing
    assert not names.in_strings("duck_food")


def test_names_stand_apart_from_whole_units(repository: Path, store: Store) -> None:
    open_names(open_tree(f"{repository}@v1"), store=store)
    assert _units(store.folder) == 0
    assert _units(store.folder / "names") == len(OLD)
    assert open_program(open_tree(f"{repository}@v2"), store=store).files("pond_fill") == (
        "mm/duck.c",
    )
    assert _units(store.folder) == len(NEW)


def test_only_what_the_store_has_not_whole_is_compiled(repository: Path, store: Store) -> None:
    open_program(open_tree(f"{repository}@v2"), store=store)
    names, _ = open_names(open_tree(f"{repository}@v1"), store=store)
    assert _units(store.folder / "names") == 1
    assert names.definitions("pond_fill")
    assert names.definitions("duck_feed")


def test_a_tree_that_the_store_has_whole_is_opened_so(repository: Path, store: Store) -> None:
    tree = open_tree(f"{repository}@v1")
    open_program(tree, store=store)
    assert open_names(tree, store=store)[1]
    assert _units(store.folder / "names") == 0


def test_words_of_a_folder_are_read_from_its_files(repository: Path, store: Store) -> None:
    """What a bare word of a comment was is told by the uses beside it, compiled or not."""
    tree = open_tree(f"{repository}@v1")
    for program, whole in (open_names(tree, store=store), (open_program(tree), True)):
        older = Older("1", program, whole=whole)
        assert older.had("pond_fill", "mm")
        assert older.had("pond_level", "mm")
        assert not older.had("pond_fill", "include")
        assert not older.had("goose_egg", "mm")
