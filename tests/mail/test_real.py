"""The seed message and its patch on whole kernel trees."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reviewer.mail.apply import rebuild
from reviewer.mail.read import read_path
from tests.mail.support import PATCHES, read_in

pytestmark = pytest.mark.real


def _post(mail: Path, tree: Path) -> bytes:
    (series,) = read_path(mail)
    (change,) = rebuild(series.patches[0], lambda path: read_in(tree, path))
    assert change.post is not None
    assert change.path == "mm/ksm.c"
    return change.post


def _git_apply(patch: Path, tree: Path, folder: Path) -> bytes:
    """What git makes of a patch."""
    (folder / "mm").mkdir()
    shutil.copy(tree / "mm" / "ksm.c", folder / "mm" / "ksm.c")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply", str(patch)], cwd=folder, check=True)
    return (folder / "mm" / "ksm.c").read_bytes()


def test_seed_message_gives_what_git_makes_of_the_clean_patch(
    linux: Path, shared: Path, tmp_path: Path
) -> None:
    clean = PATCHES / "ksm-write-protect-page.patch"
    expected = _git_apply(clean, linux, tmp_path)
    assert _post(clean, linux) == expected
    assert _post(shared / "seeds" / "ksm-write-protect-page.reply.txt", linux) == expected


def test_code_only_patch(linux: Path, tmp_path: Path) -> None:
    patch = PATCHES / "ksm-drop-flush.patch"
    assert _post(patch, linux) == _git_apply(patch, linux, tmp_path)
