"""Small files of our own with pairs of barriers, and how to ask about them."""

from __future__ import annotations

import inspect

from reviewer.claims.comments import read_file
from reviewer.claims.model import Kind
from reviewer.evidence.models.pairs import PairModel, pair_model
from reviewer.judging.partners import partners_of
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "mm/example.c"


def modelled(code: str) -> PairModel:
    text = inspect.cleandoc(code) + "\n"
    tree = MemoryTree({PATH: text.encode()})
    source = SourceFile.parse(PATH, text.encode())
    world = World(source, Library(tree, memory_index(tree)))
    reader = prepare(Selection()).reader
    claims = [c for r in read_file(source, reader) for c in r.claims if c.kind is Kind.PAIRS]
    partner, place = partners_of(claims[0])[0]
    return pair_model(world, claims[0], partner, place)
