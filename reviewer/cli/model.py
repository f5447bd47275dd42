"""``kstale model``: the litmus test that is made from the code at a place of the source."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers
from reviewer.escape import escape, escape_text

if TYPE_CHECKING:
    from reviewer.claims.model import Claim
    from reviewer.evidence.models.emit import Litmus
    from reviewer.evidence.models.entries.model import EntryModel
    from reviewer.evidence.models.pairs import PairModel
    from reviewer.mmu.machine import Machine
    from reviewer.world import World

_EPILOG = """\
With a comment at PATH:LINE that says what it pairs with ("pairs with the
smp_wmb() in foo()"), both functions are followed along their paths and become a
litmus test; so do a function that a comment says to wait for readers of RCU,
and a reader of what it takes away. With --with, the function at PATH:LINE is
followed for what it does to page-table entries, counts and flags, and runs
beside that adversary (GUP-fast, a CPU with a stale translation, ...); --with
list names them all, --with any tries each that the function can meet. The test
is ready for kstale simulate, each line with the source line it came from;
stderr says the verdict and what was left out. Exit status: 0 a test was made, 2 none."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "model",
        help="make a litmus test from the code at a place",
        description="Print the litmus test that code makes: the two sides of a pair of barriers, "
        "or a function that works on page tables beside an adversary.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "place",
        metavar="PATH:LINE",
        nargs="?",
        help="a line of the comment, or its barrier; with --with, a line of the function",
    )
    parser.add_argument("--tree", default=".", metavar="TREE", help="a folder or a revision")
    parser.add_argument(
        "--pair", action="store_true", help="both sides of a pair of barriers (the default)"
    )
    parser.add_argument(
        "--with",
        dest="adversary",
        metavar="ADVERSARY",
        help="what runs beside the function: a name, 'any', or 'list'",
    )
    parser.add_argument(
        "--without", action="store_true", help="also print the tests without either barrier"
    )
    parser.add_argument("--machine", metavar="NAME", help="say what happens on this machine")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the tests that can be made; 2 if there is none."""
    from reviewer.claims.model import Kind
    from reviewer.errors import KstaleError
    from reviewer.mmu.machine import machine

    if arguments.adversary == "list":
        return _list()
    path, _, line = (arguments.place or "").rpartition(":")
    if not path or not line.isdecimal():
        raise KstaleError(f"{arguments.place or 'no place given'}: expected PATH:LINE")
    where: Machine | None = machine(arguments.machine) if arguments.machine else None
    world = _world(arguments.tree, path)
    if arguments.adversary:
        made = _beside(world, int(line), arguments.adversary, where)
    else:
        made = False
        for claim in _claims(world, int(line)):
            for model in _models(world, claim):
                made |= model.program is not None
                _print(claim, model, where, without=arguments.without)
            if claim.kind is Kind.WAITS:
                made |= _waits(world, claim, where, without=arguments.without)
    if not made:
        print(escape(f"kstale: {arguments.place}: no test could be made"), file=sys.stderr)
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


# --- beside an adversary ------------------------------------------------------------------


def _list() -> int:
    from reviewer.evidence.models.entries.adversaries import adversaries

    for one in adversaries().values():
        print(f"{one.name:20} threatens {one.threatens}")
    return 0


def _beside(world: World, line: int, name: str, where: Machine | None) -> bool:
    from reviewer.errors import KstaleError
    from reviewer.evidence.models.entries.adversaries import adversaries
    from reviewer.evidence.models.entries.model import entry_model, fitting

    known = adversaries()
    if name != "any" and name not in known:
        raise KstaleError(f"no adversary '{name}'; there are: {', '.join(known)}")
    functions = [one for one in world.source.functions if one.start_line <= line <= one.end_line]
    if not functions:
        raise KstaleError(f"{world.path}:{line}: no function here")
    function = functions[-1]
    if name == "any":
        models = list(fitting(world, world.source, function))
    else:
        models = [entry_model(world, world.source, function, known[name])]
    for model in models:
        _print_entry(model, world, where)
    return any(model.applies for model in models)


def _print_entry(model: EntryModel, world: World, where: Machine | None) -> None:
    from reviewer.evidence.models.entries.model import answer
    from reviewer.judging.machines import machines_of

    name = model.adversary.name
    for one in model.left_out:
        _say(f"left out: {one}")
    if not model.applies:
        lacks = ", ".join(model.missing) or "any of its objects"
        _say(f"{model.function}() does nothing that {name} threatens: no path of it has {lacks}")
        return
    machines = (where,) if where is not None else machines_of(world.tree)
    found = answer(model, machines)
    print(escape_text(found.shown.litmus.text))
    for verdict, names in (
        ("Sometimes", found.machines.broken),
        ("Never", found.machines.holds),
        ("Unknown", found.machines.unknown),
    ):
        if names:
            print(f"// {verdict}: {' '.join(names)}")
    for one in found.shown.notes:
        _say(one)
    _say(f"{model.function}() beside {name}: {len(model.tests)} paths differ")
    if found.machines.broken:
        _say(f"possible: {model.adversary.harm}")


# --- pairs of barriers --------------------------------------------------------------------


def _claims(world: World, line: int) -> Iterator[Claim]:
    """Claims of pairing or waiting of the comment at a line, or right above it."""
    from reviewer.claims.comments import read_file
    from reviewer.claims.model import Kind
    from reviewer.errors import KstaleError
    from reviewer.review.bench import prepare
    from reviewer.review.model import Selection

    found = False
    for reading in read_file(world.source, prepare(Selection()).reader):
        for claim in reading.claims:
            last = max(claim.comment.anchor.end_line, claim.comment.end_line)
            if claim.kind in (Kind.PAIRS, Kind.WAITS) and claim.comment.start_line <= line <= last:
                found = True
                yield claim
    if not found:
        raise KstaleError(
            f"{world.path}:{line}: no comment here says what it pairs with or waits for"
        )


def _models(world: World, claim: Claim) -> Iterator[PairModel]:
    from reviewer.evidence.models.lost import pair_left
    from reviewer.evidence.models.marked import marked_model, names_marked
    from reviewer.judging.partners import partners_of

    for partner, place in partners_of(claim):
        if place.name and not place.file:
            asked = marked_model if names_marked(partner) else pair_left
            yield asked(world, claim, partner, place)


def _waits(world: World, claim: Claim, where: Machine | None, *, without: bool) -> bool:
    """The test of a wait for readers, if the comment's function does one."""
    from reviewer.evidence.models.grace.model import grace_model

    function = world.function(claim)
    if function is None:
        return False
    model = grace_model(world, function)
    _say(f"line {claim.line}: {model.answer}: {model.why}")
    for one in model.left_to_callers:
        _say(f"left to callers: the section of {one.function}() ({one.look.path}:{one.look.line})")
    programs = (model.program, *(model.without if without else ()))
    _show([one for one in programs if one is not None], where)
    return model.program is not None


def _print(claim: Claim, model: PairModel, where: Machine | None, *, without: bool) -> None:
    _say(f"line {claim.line}: {model.answer}: {model.why}")
    for one in model.left_out:
        _say(f"left out: {one}")
    programs = (model.program, *(model.without if without else ()))
    _show([one for one in programs if one is not None], where)


def _say(text: str) -> None:
    print(escape(f"kstale: {text}"), file=sys.stderr)


def _show(programs: list[Litmus], where: Machine | None) -> None:
    from reviewer.mmu.api import parse_litmus, simulate

    for program in programs:
        print(escape_text(program.text))
        if where is not None:
            outcome = simulate(parse_litmus(program.text), where)
            print(f"// {where.name}: {outcome.verdict}")
