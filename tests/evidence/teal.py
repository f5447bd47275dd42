"""A small file of our own with a pair of marked accesses, and how to ask about it."""

from __future__ import annotations

import inspect

from reviewer.claims.comments import read_file
from reviewer.claims.model import Kind
from reviewer.evidence.models.marked import marked_model, names_marked
from reviewer.evidence.models.pairs import PairModel
from reviewer.judging.partners import partners_of
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "net/example.c"
LIMIT = """
    struct teal { int limit; int depth; spinlock_t lock; };

    static int teal_of(struct teal *bird)
    {
            return READ_ONCE(bird->limit);
    }

    static int teal_limit(struct teal *t)
    {
            /* Pairs with the WRITE_ONCE() in teal_setopt(). */
            return READ_ONCE(t->limit) + t->depth;
    }

    static void teal_setopt(struct teal *t, int v)
    {
            t->depth = v;
            spin_lock(&t->lock);
            WRITE_ONCE(t->limit, v);
            spin_unlock(&t->lock);
    }
"""
BELOW = "            /* Pairs"
TAKES = """
    static void teal_lock(struct teal *bird)
    {
            spin_lock(&bird->lock);
    }

    static void teal_unlock(struct teal *bird)
    {
            spin_unlock(&bird->lock);
    }

    static int teal_of"""


def library_of(code: str, before: Library | None = None, header: str = "") -> Library:
    source = SourceFile.parse(PATH, inspect.cleandoc("\n" + code).encode() + b"\n")
    tree = MemoryTree({PATH: source.data, "include/net/teal.h": (header + "\n").encode()})
    library = Library(tree, memory_index(tree), before=before)
    library.put(source)
    return library


def asked(code: str, before: str = "", header: str = "") -> PairModel:
    library = library_of(code, library_of(before) if before else None, header)
    source = library.source(PATH)
    assert source is not None
    claim = next(
        claim
        for reading in read_file(source, prepare(Selection()).reader)
        for claim in reading.claims
        if claim.kind is Kind.PAIRS
    )
    ((partner, place),) = partners_of(claim)
    assert names_marked(partner)
    return marked_model(World(source, library), claim, partner, place)


def with_lines(lines: str) -> str:
    """Statements above the comment in ``teal_limit()``."""
    assert LIMIT.count(BELOW) == 1
    code = LIMIT.replace(BELOW, f"            {lines}\n{BELOW}")
    return code.replace("    static int teal_of", TAKES)
