"""Folders, revisions and overlays: the same answers, and nothing from outside."""

from __future__ import annotations

import os
import pickle
import subprocess
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import TreeError
from reviewer.program.opening import open_program
from reviewer.tree.folder import FolderTree
from reviewer.tree.model import Listed
from reviewer.tree.opening import full_spec, kernel_version, notes, open_tree
from reviewer.tree.overlay import Overlay, blob_id
from reviewer.tree.paths import inside
from reviewer.tree.revision import RevisionTree

FILES = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\n",
    "kernel/fork.c": "int fork;\n",
    "kernel.h": "int kernel;\n",
    "mm/slab.c": "int slab;\n",
}


def _git(folder: Path, *arguments: str) -> None:
    environment = os.environ | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    subprocess.run(["git", "-C", folder, *arguments], check=True, env=environment, text=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "linux"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (tmp_path / "secret").write_text("secret\n")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to(tmp_path)
    (root / "alias.c").symlink_to("mm/slab.c")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    return root


@pytest.fixture
def revision(folder: Path) -> RevisionTree:
    (folder / "pipe").unlink()
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "first")
    return RevisionTree(folder, "main")


@pytest.fixture(params=["folder", "revision"])
def tree(request: pytest.FixtureRequest) -> Listed:
    """Both kinds of tree over the same files."""
    if request.param == "revision":
        made: RevisionTree = request.getfixturevalue("revision")
        return made
    return FolderTree(request.getfixturevalue("folder"))


def test_lists_files_in_plain_order_and_no_links(tree: Listed) -> None:
    assert list(tree.files()) == sorted(FILES)
    assert [entry.path for entry in tree.entries()] == sorted(FILES)
    assert list(tree.files("mm")) == ["mm/slab.c"]
    assert list(tree.files("mm/slab.c")) == ["mm/slab.c"]
    assert list(tree.files("nothing")) == []


def test_reads_files_and_links_that_stay_inside(tree: Listed) -> None:
    assert tree.read("mm/slab.c") == b"int slab;\n"
    assert tree.read("mm/../mm/slab.c") == b"int slab;\n"
    assert tree.read("alias.c") == b"int slab;\n"
    assert tree.read("mm") is None
    assert tree.exists("mm")
    assert tree.exists("kernel/fork.c")
    assert not tree.exists("kernel/spoon.c")


@pytest.mark.parametrize(
    "path", ["../secret", "/etc/passwd", "mm/../../secret", "out", "up/secret", "loop", ".git/HEAD"]
)
def test_nothing_outside_is_read(tree: Listed, path: str) -> None:
    assert tree.read(path) is None
    assert not tree.exists(path)
    assert list(tree.files(path)) == []


def test_a_pipe_is_no_file(folder: Path) -> None:
    assert FolderTree(folder).read("pipe") is None


def test_too_large_a_file_is_said_to_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.tree.folder.SIZE_LIMIT", 4)
    with pytest.raises(TreeError, match="more than kstale reads"):
        FolderTree(folder).read("mm/slab.c")


def test_a_revision_is_not_the_work_tree(folder: Path, revision: RevisionTree) -> None:
    (folder / "mm/slab.c").write_text("int changed;\n")
    assert revision.read("mm/slab.c") == b"int slab;\n"
    again = pickle.loads(pickle.dumps(revision))
    assert again.read("mm/slab.c") == b"int slab;\n"
    again.close()


def test_revision_entries_carry_the_ids_of_their_content(revision: RevisionTree) -> None:
    for entry in revision.entries():
        data = revision.read(entry.path)
        assert data is not None
        assert entry.blob == blob_id(data)
        assert entry.size == len(data)


def test_an_object_that_a_partial_clone_lacks_is_one_file_unread(
    folder: Path, revision: RevisionTree
) -> None:
    blob = blob_id((folder / "mm/slab.c").read_bytes())
    (folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert "mm/slab.c" in list(revision.files())
    with pytest.raises(TreeError, match="cannot be read"):
        revision.read("mm/slab.c")
    program = open_program(revision)
    assert not program.complete
    assert [line.partition(":")[0] for line in program.unread] == ["mm/slab.c"]


_shared: list[RevisionTree] = []


def _reads(path: str) -> bool:
    return all(_shared[0].read(path) == FILES[path].encode() for _ in range(300))


def test_forked_processes_do_not_share_the_process_that_reads(revision: RevisionTree) -> None:
    revision.read("Makefile")  # as asking for its version does, before workers are forked
    _shared[:] = [revision]
    with get_context("fork").Pool(2) as workers:
        told = workers.map_async(_reads, ["kernel/fork.c", "Makefile"], chunksize=1)
        assert told.get(timeout=60) == [True, True]
    assert _reads("mm/slab.c")


def test_unknown_revision_and_folder_are_said_in_one_line(revision: RevisionTree) -> None:
    folder = revision.name.partition("@")[0]
    with pytest.raises(TreeError, match="no such revision"):
        RevisionTree(folder, "v9.9")
    with pytest.raises(TreeError, match="no such revision"):
        RevisionTree(folder, "--upload-pack=true")
    with pytest.raises(TreeError, match="neither a folder nor a revision"):
        open_tree("/nowhere/at/all")
    with pytest.raises(TreeError, match="not a git repository"):
        RevisionTree("/", "main")


def test_open_tree_tells_folder_from_revision(folder: Path, revision: RevisionTree) -> None:
    assert open_tree(str(folder)).identity == str(folder)
    assert open_tree(f"{folder}@main").identity == revision.commit


def test_a_bare_repository_is_its_newest_commit(
    folder: Path, revision: RevisionTree, tmp_path: Path
) -> None:
    _git(folder, "clone", "-q", "--bare", str(folder), str(tmp_path / "bare.git"))
    bare = open_tree(str(tmp_path / "bare.git"))
    assert bare.identity == revision.commit
    assert bare.exists("mm/slab.c")
    assert full_spec(str(tmp_path / "bare.git")) == str(tmp_path / "bare.git")


def test_kernel_version_and_notes(folder: Path, tmp_path: Path) -> None:
    assert kernel_version(FolderTree(folder)) == "6.12.3"
    assert notes(FolderTree(folder)) == ()
    (tmp_path / "other").mkdir()
    assert len(notes(FolderTree(tmp_path / "other"))) == 1


def test_overlay_adds_changes_and_removes(tree: Listed) -> None:
    changed = Overlay(
        tree,
        {"mm/slab.c": None, "mm/new.c": b"int new;\n", "kernel.h": b"x", "../out.c": b"no"},
    )
    assert list(changed.files()) == ["Makefile", "kernel.h", "kernel/fork.c", "mm/new.c"]
    assert [entry.path for entry in changed.entries()] == list(changed.files())
    assert changed.read("mm/new.c") == b"int new;\n"
    assert changed.read("mm/slab.c") is None
    assert changed.read("../out.c") is None
    assert changed.read("kernel/fork.c") == b"int fork;\n"
    assert changed.exists("mm")
    assert not changed.exists("mm/slab.c")


def test_overlay_of_a_folder_left_empty(tree: Listed) -> None:
    assert not Overlay(tree, {"mm/slab.c": None}).exists("mm")
    assert Overlay(tree, {"new/deep/file.c": b""}).exists("new/deep")


@given(st.text(alphabet="ab./\\\0 ", max_size=30))
def test_inside_never_leads_out(path: str) -> None:
    plain = inside(path)
    if plain is not None:
        assert not plain.startswith(("/", "../"))
        assert plain != ".."
        assert "\0" not in plain
        assert os.path.normpath(os.path.join("/root", plain)).startswith("/root")
        assert inside(plain) == plain
