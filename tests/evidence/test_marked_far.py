"""Marks in functions with more paths than can be followed, of which a patch takes one away."""

from __future__ import annotations

import inspect

import pytest

from reviewer.claims.comments import read_file
from reviewer.claims.model import Kind
from reviewer.evidence.models.marked import marked_model
from reviewer.evidence.models.pairs import Answer, PairModel
from reviewer.judging.partners import partners_of
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "net/garganey.c"
_TURNS = "".join(
    f"            for (i = 0; i < READ_ONCE(g->n{n}); i++)\n"
    f"                    if (READ_ONCE(g->m{n}) > i || READ_ONCE(g->k{n}))\n"
    f"                            WRITE_ONCE(g->m{n}, i);\n"
    for n in range(6)
)
CODE = f"""
    static int garganey_all(struct garganey *g)
    {{
            int i, v;

{_TURNS}
            /* Pairs with the WRITE_ONCE() in garganey_set(). */
            v = READ_ONCE(g->limit);
            return v;
    }}

    static void garganey_set(struct garganey *g, int v)
    {{
            int i;

{_TURNS}
            WRITE_ONCE(g->limit, v);
    }}

    static int garganey_limit(struct garganey *g)
    {{
            /* Pairs with the WRITE_ONCE() in garganey_set(). */
            return READ_ONCE(g->limit);
    }}
"""


def _library(code: str, before: Library | None = None) -> Library:
    source = SourceFile.parse(PATH, inspect.cleandoc("\n" + code).encode() + b"\n")
    tree = MemoryTree({PATH: source.data})
    return Library(tree, memory_index(tree), before=before)


def _asked(code: str, function: str) -> PairModel:
    library = _library(code, _library(CODE) if code != CODE else None)
    source = library.source(PATH)
    assert source is not None
    claim = next(
        claim
        for reading in read_file(source, prepare(Selection()).reader)
        for claim in reading.claims
        if claim.kind is Kind.PAIRS and claim.comment.anchor.function == function
    )
    ((partner, place),) = partners_of(claim)
    return marked_model(World(source, library), claim, partner, place)


@pytest.mark.parametrize("function", ["garganey_all", "garganey_limit"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v = READ_ONCE(g->limit);", "v = g->limit;"),
        ("return READ_ONCE(g->limit);", "return (g->limit);"),
        ("WRITE_ONCE(g->limit, v);", "g->limit = v;"),
    ],
)
def test_the_place_of_a_mark_that_is_gone_is_found_by_the_member(
    function: str, old: str, new: str
) -> None:
    assert _asked(CODE, function).answer is Answer.FORBIDS
    own = "garganey_all" if old.startswith("v =") else "garganey_limit"
    mine = own == function or old.startswith("WRITE")
    assert _asked(CODE.replace(old, new), function).answer is (
        Answer.ALLOWS if mine else Answer.FORBIDS
    )
