"""``kstale simulate``: ask the simulator alone."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.cli.failure import complain
from reviewer.cli.options import Subparsers, add_format
from reviewer.escape import escape_text

if TYPE_CHECKING:
    from reviewer.mmu.alike import Alike
    from reviewer.mmu.api import Budget, Litmus, Model, Outcome
    from reviewer.mmu.machine import Machine
    from reviewer.mmu.why import Why

_MOST_TURNS = 100
_MOST_SECONDS = 86_400.0

_EPILOG = """\
The verdict is Always, Sometimes or Never, or Unknown if the time ran out. One
that loops with a larger bound could change is marked bounded; neither that nor
Unknown means that the outcome cannot happen. Exit status: 0 all ran, 2 some
test could not be run."""


@dataclass(frozen=True, slots=True)
class Request:
    """Which files to run, where (``places``: label and model), and how to print."""

    files: tuple[str, ...]
    key: str
    places: tuple[tuple[str, Model], ...]
    budget: Budget
    as_json: bool
    table: bool
    graphs: tuple[tuple[str, Path], ...]
    why: bool
    own: bool
    """Whether a test in assembly runs under its architecture's model."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "simulate",
        help="run litmus tests in the MMU simulator",
        description="Decide whether the outcome a litmus test asks about is possible, and show an "
        "execution.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a litmus test")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--machine", metavar="NAME", help="kstale machines lists them")
    where.add_argument(
        "--model", metavar="NAME", help="sc, tso, armv7, armv8, riscv, power or lkmm (the default)"
    )
    where.add_argument("--cat", metavar="FILE", help="a cat file, such as a tree's own")
    where.add_argument(
        "--all-machines", action="store_true", help="one verdict a machine, without drawings"
    )
    parser.add_argument(
        "--unroll", type=_turns, default=3, metavar="N", help="turns of a loop (default: 3)"
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=60.0, metavar="N", help="time for one (default: 60)"
    )
    parser.add_argument(
        "--why",
        action="store_true",
        help="what single addition forbids the outcome, or what forbids it now",
    )
    graph = parser.add_mutually_exclusive_group()
    graph.add_argument("--dot", metavar="OUT", help="write the execution as a Graphviz graph")
    graph.add_argument("--svg", metavar="OUT", help="write the execution as an SVG picture")
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run each file; 2 at the end if one could not be run."""
    from reviewer.errors import DoesNotApplyError, KstaleError
    from reviewer.mmu.api import load_model
    from reviewer.mmu.values import UnsupportedError
    from reviewer.mmu.why import why
    from reviewer.mmu.witness import verdict_words

    request = _request(arguments)
    status = 0
    for file in request.files:
        simulated = _Simulated(file, request.budget, own=request.own)
        told = set[str]()
        groups: dict[str, list[str]] = {}
        absent = 0
        for label, model in request.places:
            try:
                litmus, outcome = simulated.on(model)
                label = outcome.model if request.own else label
            except DoesNotApplyError as error:
                if request.as_json:
                    print(json.dumps({"file": file, request.key: label, "error": str(error)}))
                elif not request.table:
                    complain(f"{file}: {error}")
                groups.setdefault(error.how, []).append(label)
                absent += 1
                continue
            except UnsupportedError as error:
                status = 2
                where = f"{file}:{error.line}" if error.line else file
                _tell(request, file, label, f"{where}: {error}", told)
                continue
            except KstaleError as error:
                status = 2
                _tell(request, file, label, str(error), told)
                continue
            if request.table and not request.as_json:
                groups.setdefault(verdict_words(outcome), []).append(label)
                continue
            if request.own and litmus.model:
                model = load_model(litmus.model)
            found = why(litmus, model, outcome.verdict) if request.why else None
            for line in _lines(request, file, label, litmus, outcome, found):
                print(escape_text(line), flush=True)
            _write_graphs(request, outcome)
        if absent == len(request.places):
            status = 2
        if request.table and groups and not request.as_json:
            print(escape_text("\n".join(_grouped(Path(file).name, groups))), flush=True)
    return status


def _tell(request: Request, file: str, label: str, error: str, told: set[str]) -> None:
    """An error, on stderr once for all machines."""
    if request.as_json:
        print(json.dumps({"file": file, request.key: label, "error": error}))
    if error not in told:
        complain(error)
    told.add(error)


def _grouped(name: str, groups: dict[str, list[str]]) -> Iterator[str]:
    """The machines of a file by verdict, each verdict once."""
    total = sum(map(len, groups.values()))
    if len(groups) == 1:
        ((verdict, _),) = groups.items()
        yield f"{name}: {verdict} on all {total} machines"
        return
    yield f"{name}:"
    for verdict, labels in sorted(groups.items(), key=lambda group: (len(group[1]), group[0])):
        lines = textwrap.wrap(f"{verdict}: {' '.join(labels)}", 96, break_on_hyphens=False)
        yield from textwrap.indent("\n".join(lines), "  ").splitlines()


def _request(arguments: argparse.Namespace) -> Request:
    from reviewer.errors import KstaleError
    from reviewer.mmu.api import Budget, load_model, machine_model
    from reviewer.mmu.machine import machines

    if arguments.all_machines:
        key = "machine"
        places = tuple((one.name, machine_model(one)) for one in machines())
    elif arguments.machine:
        key = "machine"
        places = ((arguments.machine, machine_model(_machine(arguments.machine))),)
    else:
        key = "model"
        # A relative path stays a path: load_model() takes bare words for names.
        cat = str(Path(arguments.cat).absolute()) if arguments.cat else None
        model = load_model(cat or arguments.model or "lkmm")
        places = ((arguments.cat or model.name, model),)
    graphs = tuple(
        (kind, Path(path))
        for kind, path in (("dot", arguments.dot), ("svg", arguments.svg))
        if path is not None
    )
    if graphs and (len(arguments.files) > 1 or len(places) > 1):
        raise KstaleError("--dot and --svg take one test on one machine or model")
    return Request(
        tuple(arguments.files),
        key,
        places,
        Budget(seconds=arguments.seconds, unroll=arguments.unroll),
        arguments.format == "json",
        arguments.all_machines,
        graphs,
        arguments.why,
        key == "model" and not (arguments.cat or arguments.model),
    )


def _machine(name: str) -> Machine:
    import difflib

    from reviewer.errors import MachineError
    from reviewer.mmu.machine import machine, machines

    names = [one.name for one in machines()]
    names += [f"{one.name}-no-{flag}" for one in machines() for flag in sorted(one.optional)]
    if name in names:
        return machine(name)
    near = difflib.get_close_matches(name, names, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise MachineError(f"no machine named {name}{hint} (kstale machines lists them)")


class _Simulated:
    """A file on one machine or model after the other; it is read when first asked for."""

    def __init__(self, file: str, budget: Budget, *, own: bool) -> None:
        self.file = file
        self.budget = budget
        self.own = own
        self.alike: Alike | None = None

    def on(self, model: Model) -> tuple[Litmus, Outcome]:
        from reviewer.mmu.alike import Alike
        from reviewer.mmu.api import load_model, read_litmus

        if self.alike is None:
            self.alike = Alike(read_litmus(self.file), self.budget)
        litmus = self.alike.litmus
        if self.own and litmus.model:
            model = load_model(litmus.model)
        return litmus, self.alike.outcome(model)


def _lines(
    request: Request, file: str, label: str, litmus: Litmus, outcome: Outcome, found: Why | None
) -> Iterator[str]:
    from reviewer.mmu.witness import outcome_json, outcome_text, why_json, why_lines

    if request.as_json:
        head = {"file": file, "test": outcome.test, request.key: label}
        told = {} if found is None else {"why": why_json(found)}
        yield json.dumps({**head, **outcome_json(outcome), **told})
    else:
        yield outcome_text(outcome, litmus.question.condition, label)
        if found is not None:
            yield ""
            yield from why_lines(found, outcome.verdict)
        if file != request.files[-1]:
            yield ""


def _write_graphs(request: Request, outcome: Outcome) -> None:
    from reviewer.mmu.witness import dot, shown, svg

    execution = shown(outcome)
    for kind, path in request.graphs:
        if execution is None:
            complain(f"no execution to write to {path}")
        else:
            text = dot(execution) if kind == "dot" else svg(execution)
            path.write_text(text, encoding="utf-8")


def _turns(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_TURNS:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to {_MOST_TURNS}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds <= _MOST_SECONDS:
        raise argparse.ArgumentTypeError("expected a number of seconds, more than 0")
    return seconds
