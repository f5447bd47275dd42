"""``kstale model``: the litmus test that is made from the code around a comment."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers

if TYPE_CHECKING:
    from reviewer.claims.model import Claim
    from reviewer.evidence.models.pairs import PairModel
    from reviewer.mmu.machine import Machine
    from reviewer.world import World

_EPILOG = """\
The comment at PATH:LINE must say what it pairs with ("pairs with the smp_wmb()
in foo()"). Both functions are followed along their paths, static helpers and
inlines included; what the two touch around their barriers becomes a litmus
test, each line with the source line it came from, ready for kstale simulate.
What was not followed is said on stderr. Exit status: 0 a test was made, 2 none."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "model",
        help="make a litmus test from the code around a comment",
        description="Print the litmus test that the two sides of a pair of barriers make, from "
        "the source, with what the simulator says of it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("place", metavar="PATH:LINE", help="a line of the comment, or its barrier")
    parser.add_argument("--tree", default=".", metavar="TREE", help="a folder or a revision")
    parser.add_argument(
        "--pair", action="store_true", help="both sides of a pair (the default, and all there is)"
    )
    parser.add_argument(
        "--without", action="store_true", help="also print the tests without either barrier"
    )
    parser.add_argument("--machine", metavar="NAME", help="say what happens on this machine")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the test of each partner that the comment names; 2 if there is none."""
    from reviewer.errors import KstaleError
    from reviewer.mmu.machine import machine

    path, _, line = arguments.place.rpartition(":")
    if not path or not line.isdecimal():
        raise KstaleError(f"{arguments.place}: expected PATH:LINE")
    where: Machine | None = machine(arguments.machine) if arguments.machine else None
    world = _world(arguments.tree, path)
    made = False
    for claim in _claims(world, int(line)):
        for model in _models(world, claim):
            made |= model.program is not None
            _print(claim, model, where, without=arguments.without)
    if not made:
        print(f"kstale: {arguments.place}: no test could be made", file=sys.stderr)
    return 0 if made else 2


def _world(tree: str, path: str) -> World:
    from reviewer.errors import TreeError
    from reviewer.program.opening import open_program
    from reviewer.tree.opening import open_tree
    from reviewer.world import Library, World

    opened = open_tree(tree)
    library = Library(opened, open_program(opened))
    source = library.source(path)
    if source is None:
        raise TreeError(f"{path}: not in {opened.name}")
    return World(source, library)


def _claims(world: World, line: int) -> Iterator[Claim]:
    """Claims of pairing of the comment at a line, or right above it."""
    from reviewer.claims.model import Kind
    from reviewer.claims.show import read_file
    from reviewer.errors import KstaleError
    from reviewer.review.judge import prepare
    from reviewer.review.model import Selection

    found = False
    for reading in read_file(world.source, prepare(Selection()).reader):
        for claim in reading.claims:
            last = max(claim.comment.anchor.end_line, claim.comment.end_line)
            if claim.kind is Kind.PAIRS and claim.comment.start_line <= line <= last:
                found = True
                yield claim
    if not found:
        raise KstaleError(f"{world.path}:{line}: no comment here says what it pairs with")


def _models(world: World, claim: Claim) -> Iterator[PairModel]:
    from reviewer.evidence.models.pairs import pair_model
    from reviewer.judging.partners import partners_of

    for partner, place in partners_of(claim):
        if place.name and not place.file:
            yield pair_model(world, claim, partner, place)


def _print(claim: Claim, model: PairModel, where: Machine | None, *, without: bool) -> None:
    from reviewer.escape import escape, escape_text
    from reviewer.mmu.api import parse_litmus, simulate

    told = f"line {claim.line}: {model.answer}: {model.why}"
    print(escape(f"kstale: {told}"), file=sys.stderr)
    for one in model.left_out:
        print(escape(f"kstale: left out: {one}"), file=sys.stderr)
    if model.program is None:
        return
    programs = [model.program, *(model.without if without else ())]
    for program in programs:
        print(escape_text(program.text))
        if where is not None:
            outcome = simulate(parse_litmus(program.text), where)
            print(f"// {where.name}: {outcome.verdict}")
