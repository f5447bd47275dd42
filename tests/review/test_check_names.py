"""What a patch takes away is proof: names, members, macros, files that comments still speak of."""

from __future__ import annotations

import inspect

import pytest

from reviewer.finding import Finding, Origin
from reviewer.mail.apply import rebuild
from reviewer.mail.read import read_series
from reviewer.program.opening import open_program
from reviewer.review.bench import prepare
from reviewer.review.check import check
from reviewer.review.model import Selection
from reviewer.verdict import Tier
from tests.support import MemoryTree

FILES = {
    "mm/pond.c": """
        #define POND_MAX_DUCKS 3

        struct pond_feeder {
                int feed_level;
        };

        /* POND_MAX_DUCKS is what fits. */
        int pond_room(struct pond_feeder *feeder)
        {
                return feeder->feed_level < POND_MAX_DUCKS;
        }
        """,
    "mm/duck.c": """
        static int ducks;

        /*
         * Looks at feeder->feed_level of a struct pond_feeder, POND_MAX_DUCKS at most; see
         * mm/heron.c for who eats.
         */
        int duck_feeds(void)
        {
                return 1;
        }
        """,
    "mm/heron.c": """
        int heron_eats(void)
        {
                return 1;
        }
        """,
}


def _checked(old: str, new: str, path: str = "mm/pond.c") -> list[Finding]:
    """The findings of a patch that replaces a word in one file everywhere but in comments."""
    files = {name: inspect.cleandoc(text) + "\n" for name, text in FILES.items()}
    before = files[path].splitlines()
    after = [
        line if "/*" in line or line.startswith(" *") else line.replace(old, new) for line in before
    ]
    body = "\n".join([f"-{line}" for line in before] + [f"+{line}" for line in after])
    diff = (
        f"From: A <a@example.org>\nSubject: [PATCH] x\n\ndiff --git a/{path} b/{path}\n"
        f"--- a/{path}\n+++ b/{path}\n@@ -1,{len(before)} +1,{len(after)} @@\n{body}\n"
    )
    return _of(diff, files)


class Watched(MemoryTree):
    """Keeps which files are read."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.seen: set[str] = set()

    def read(self, path: str) -> bytes | None:
        """The file's bytes."""
        self.seen.add(path)
        return super().read(path)


def _of(mail: str, files: dict[str, str]) -> list[Finding]:
    tree = MemoryTree({name: text.encode() for name, text in files.items()})
    (series,) = read_series("x.patch", mail.encode())
    changes = rebuild(series.patches[0], tree.read)
    return list(check(prepare(Selection()), tree, list(changes)).findings)


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ("POND_MAX_DUCKS", "DUCKS_AT_MOST", {("mm/pond.c", 7), ("mm/duck.c", 4)}),
        ("pond_feeder", "pond_server", {("mm/duck.c", 4)}),
        ("feed_level", "level_of_feed", {("mm/duck.c", 4)}),
    ],
)
def test_a_name_that_the_patch_takes_away(old: str, new: str, places: set[tuple[str, int]]) -> None:
    found = [one for one in _checked(old, new) if old in one.verdict.message]
    assert {(one.path, one.line) for one in found} == places
    assert all(one.tier is Tier.PROVED for one in found)
    assert all(
        one.origin is (Origin.LEFT_BEHIND if one.path == "mm/duck.c" else one.origin)
        for one in found
    )


def test_a_file_that_the_patch_takes_away() -> None:
    files = {name: inspect.cleandoc(text) + "\n" for name, text in FILES.items()}
    lines = files["mm/heron.c"].splitlines()
    body = "\n".join(f"-{line}" for line in lines)
    found = _of(
        "From: A <a@example.org>\nSubject: [PATCH] x\n\ndiff --git a/mm/heron.c b/mm/heron.c\n"
        f"deleted file mode 100644\n--- a/mm/heron.c\n+++ /dev/null\n@@ -1,{len(lines)} +0,0 @@\n"
        f"{body}\n",
        files,
    )
    assert [(one.path, one.origin, one.tier) for one in found] == [
        ("mm/duck.c", Origin.LEFT_BEHIND, Tier.PROVED)
    ]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("Documentation/pond/heron-feed.txt", "see Documentation/pond/heron-feed.txt."),
        ("Documentation/pond/heron.feed.rst", "(Documentation/pond/heron.feed.rst:12)"),
        ("Documentation/pond/heron", "(see Documentation/pond/heron)"),
    ],
)
def test_only_files_that_name_it_are_read(path: str, words: str) -> None:
    """The whole tree was read for each file that a patch takes away: 6 s of processor."""
    others = {f"mm/duck{number}.c": f"/* eats mm/pond{number}.c */\n" for number in range(40)}
    tree = Watched({path: b"one\n", "mm/pond.c": f"/* {words} */\nint pond;\n".encode()} | {
        name: text.encode() for name, text in others.items()
    })  # fmt: skip
    (series,) = read_series(
        "x.patch",
        b"From: A <a@example.org>\nSubject: [PATCH] x\n\n"
        + f"diff --git a/{path} b/{path}\ndeleted file mode 100644\n--- a/{path}\n".encode()
        + b"+++ /dev/null\n@@ -1 +0,0 @@\n-one\n",
    )
    changes = rebuild(series.patches[0], tree.read)
    program = open_program(tree)
    tree.seen.clear()
    (found,) = check(prepare(Selection()), tree, list(changes), program).findings
    assert (found.path, found.origin, found.tier) == ("mm/pond.c", Origin.LEFT_BEHIND, Tier.PROVED)
    assert tree.seen.isdisjoint(others)


def test_a_rename_that_reaches_the_comments_is_clean() -> None:
    assert _checked("feeder->feed_level <", "feeder->feed_level  <") == []
