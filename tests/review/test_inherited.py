"""What a tree with a patch takes over from the tree without it is what would be said without that.

Every file is judged before a change and then after it, as a check does, and after it once more with
nothing known from before.
"""

from __future__ import annotations

import inspect

import pytest

from reviewer.program.opening import open_program
from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.tree.overlay import Overlay
from reviewer.tree.trace import forget
from reviewer.verdict import Decision
from reviewer.world import Library
from tests.support import MemoryTree

HEADER = """
    #define pond_open_lock(p)	spin_unlock(&(p)->gate_lock)

    static inline void pond_shut_lock(struct pond *p)
    {
            spin_unlock(&p->gate_lock);
    }

    static inline void pond_take_lock(struct pond *p)
    {
            spin_lock(&p->fish_lock);
    }

    /* Caller must hold p->fish_lock. */
    static inline void pond_count(struct pond *p)
    {
            p->fish++;
    }
    """
FILES = {
    "include/linux/pond.h": HEADER,
    "mm/feed.c": """
        #include <linux/pond.h>

        /* Caller must hold p->fish_lock. */
        void pond_feed(struct pond *p)
        {
                p->fish++;
        }
        """,
    "mm/tick.c": """
        #include <linux/pond.h>

        void pond_tick(struct pond *p)
        {
                spin_lock(&p->fish_lock);
                spin_lock(&p->gate_lock);
                if (p->wild)
                        pond_shut_lock(p);
                else
                        pond_open_lock(p);
                pond_feed(p);
                spin_unlock(&p->fish_lock);
        }

        void pond_tock(struct pond *p)
        {
                pond_take_lock(p);
                pond_count(p);
                spin_unlock(&p->fish_lock);
        }
        """,
}


def _bytes(text: str) -> bytes:
    return (inspect.cleandoc(text) + "\n").encode()


def _told(library: Library, path: str) -> list[tuple[int, Decision, str]]:
    source = library.source(path)
    assert source is not None
    bench = prepare(Selection(only=("caller-holds-lock",)))
    entries = judge_file(Judgement(bench, library), source).entries
    told = [one for one in entries if one.rule]
    return [(one.claim.line, one.verdict.decision, one.verdict.message) for one in told]


@pytest.mark.parametrize("path", ["include/linux/pond.h", "mm/feed.c"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("spin_unlock(&p->gate_lock)", "spin_unlock(&p->fish_lock)"),
        ("spin_lock(&p->fish_lock)", "spin_lock(&p->gate_lock)"),
        ("spin_unlock(&(p)->gate_lock)", "spin_unlock(&(p)->fish_lock)"),
    ],
)
def test_what_a_header_does_after_a_patch_counts(path: str, old: str, new: str) -> None:
    forget()
    base = MemoryTree({name: _bytes(text) for name, text in FILES.items()})
    patched = Overlay(base, {"include/linux/pond.h": _bytes(HEADER.replace(old, new))})
    program = open_program(base)
    after = program.over(patched)
    library = Library(base, program)
    assert [one[1] for one in _told(library, path)] == [Decision.HOLDS]
    told = _told(Library(patched, after, before=library, changed=after.changed), path)
    forget()
    assert told == _told(Library(patched, after), path)
