"""Whether a folder is as it was, found out by a copy of the process before anybody asks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reviewer.program.opening import open_program
from reviewer.tree.folder import FolderTree, Listing
from reviewer.unit.copies import copied
from reviewer.unit.store import Store
from reviewer.unit.taking import compare_ahead


@pytest.fixture
def tree(tmp_path: Path) -> FolderTree:
    (tmp_path / "linux/mm").mkdir(parents=True)
    (tmp_path / "linux/mm/pond.c").write_text("int pond_level;\n")
    return FolderTree(tmp_path / "linux")


def test_what_a_copy_has_compared_is_not_compared_again(
    tree: FolderTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store")
    open_program(tree, store=store)
    here: list[int] = []
    plain = FolderTree.stands

    def watched(tree: FolderTree, listing: Listing) -> bool:
        here.append(os.getpid())
        return plain(tree, listing)

    monkeypatch.setattr(FolderTree, "stands", watched)
    monkeypatch.setattr("reviewer.unit.taking.processors", lambda: 2)
    compare_ahead(tree, store, least=0)
    assert open_program(tree, store=store).defined("pond_level")
    assert not here


def test_a_file_that_has_changed_is_read(
    tree: FolderTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store")
    open_program(tree, store=store)
    monkeypatch.setattr("reviewer.unit.taking.processors", lambda: 2)
    (tmp_path / "linux/mm/pond.c").write_text("int pond_depth, pond_width;\n")
    compare_ahead(tree, store, least=0)
    program = open_program(tree, store=store)
    assert program.defined("pond_depth")
    assert not program.defined("pond_level")


def test_a_copy_that_dies_leaves_it_to_whoever_asks(
    tree: FolderTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store")
    open_program(tree, store=store)
    monkeypatch.setattr("reviewer.unit.taking.processors", lambda: 2)
    monkeypatch.setattr("reviewer.unit.taking.copied", lambda _: copied(lambda: os._exit(1)))
    compare_ahead(tree, store, least=0)
    assert open_program(tree, store=store).defined("pond_level")
