"""Hunks whose file names a reply cut off, given the file of the tree that holds their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from reviewer.mail.apply import MAX_FUZZ
from reviewer.mail.locate import Text
from reviewer.mail.model import FilePatch, Hunk, Patch
from reviewer.mail.place import Missed, place_hunks
from reviewer.tree.model import Index, Tree

_WORD = re.compile(r"[A-Za-z_]\w{3,}")
_MOST_WORDS = 12
_MOST_FILES = 400
"""Files looked at for one hunk: those whose code has its rarest names."""


def with_names(patch: Patch, tree: Tree, index: Index) -> Patch:
    """The patch with each nameless hunk put to the one file of the tree that it fits.

    A hunk that fits no file or several keeps no name, and so does not apply.
    """
    if all(file.path for file in patch.files):
        return patch
    files: list[FilePatch] = []
    notes: list[str] = []
    for file in patch.files:
        if file.path:
            files.append(file)
            continue
        for hunk in file.hunks:
            path = _home(hunk, tree, index)
            if path is None:
                files.append(FilePatch(None, None, (hunk,), patch_line=hunk.patch_line))
                continue
            notes.append(f"{path}: a hunk without file names, found there by its lines")
            last = files[-1] if files else None
            if last is not None and last.path == path:
                files[-1] = replace(last, hunks=(*last.hunks, hunk))
            else:
                files.append(FilePatch(path, path, (hunk,), patch_line=hunk.patch_line))
    return replace(patch, files=tuple(files), notes=(*patch.notes, *dict.fromkeys(notes)))


def _home(hunk: Hunk, tree: Tree, index: Index) -> str | None:
    """The path of the one file that the hunk applies to."""
    fitting: list[str] = []
    for path in _candidates(hunk, index):
        data = tree.read(path)
        if data is None:
            continue
        text = Text(data.decode("utf-8", "surrogateescape").split("\n"))
        try:
            place_hunks(text, (hunk,), MAX_FUZZ)
        except Missed:
            continue
        fitting.append(path)
        if len(fitting) > 1:
            return None
    return fitting[0] if fitting else None


def _candidates(hunk: Hunk, index: Index) -> Iterator[str]:
    """Files whose code has the names of the hunk's old lines, by the names that few files have."""
    lines = [hunk.section, *hunk.old_lines]
    words = dict.fromkeys(word for line in lines for word in _WORD.findall(line))
    places = [set(index.files(word)) for word in list(words)[: 4 * _MOST_WORDS]]
    places = sorted((one for one in places if one), key=len)[:_MOST_WORDS]
    if not places:
        return
    # a comment's words may be in no code: most names must agree, not all
    for least in (len(places), max(1, len(places) // 2)):
        found = [p for p in places[0] if sum(p in one for one in places) >= least]
        if found:
            yield from sorted(found)[:_MOST_FILES]
            return
