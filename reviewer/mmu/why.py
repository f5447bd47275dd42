"""Why a verdict is what it is: what would forbid an outcome, and what it is forbidden by.

Nothing is deduced from the shape of a cycle: each candidate program is run by the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from reviewer.errors import KstaleError
from reviewer.mmu.api import Budget, Litmus, Model, simulate
from reviewer.mmu.litmus.condition import Question
from reviewer.mmu.litmus.places import ENTRIES
from reviewer.mmu.program import (
    Assign,
    Bool,
    Fence,
    If,
    Load,
    Lock,
    Loop,
    Program,
    Rmw,
    Scope,
    Source,
    Srcu,
    Statement,
    Store,
    Thread,
)

_BARRIERS = (("smp_rmb()", "rmb"), ("smp_wmb()", "wmb"), ("smp_mb()", "mb"))
_OPEN = frozenset({"irq-off", "preempt-off", "rcu-lock", "srcu-lock"})
_CLOSED = frozenset({"irq-on", "preempt-on", "rcu-unlock", "srcu-unlock"})
_FLUSHES = frozenset({"tlb-page", "tlb-all", "tlb-leaves"})
_RUN = Budget(seconds=10.0, states=0, flag_rounds=0, witness_rounds=0, state_rounds=0)
MAX_TRIES = 400
_NOWHERE = Source("", 0, "")


@dataclass(frozen=True, slots=True)
class Remedy:
    """One addition that makes the outcome impossible: ``what`` at ``source`` in ``thread``."""

    what: str
    thread: int
    source: Source

    def __str__(self) -> str:
        return f"CPU {self.thread}, line {self.source.line}: {self.what} {self.source.text}"


@dataclass(frozen=True, slots=True)
class Needed:
    """A fence, flush, wait, section or ordered access without which the outcome can happen."""

    thread: int
    source: Source

    def __str__(self) -> str:
        return f"CPU {self.thread}, line {self.source.line}: {self.source.text}"


@dataclass(frozen=True, slots=True)
class Why:
    """``remedies`` for a Sometimes, ``needed`` for a Never; ``complete`` if all were tried."""

    remedies: tuple[Remedy, ...]
    needed: tuple[Needed, ...]
    complete: bool


@dataclass(slots=True)
class _Tries:
    model: Model
    left: int = MAX_TRIES
    unsure: bool = False

    def verdict(self, program: Program) -> str:
        """The engine's verdict; Unknown when no more may be tried."""
        if self.left == 0:
            self.unsure = True
            return "Unknown"
        self.left -= 1
        try:
            outcome = simulate(program, self.model, _RUN)
        except KstaleError:
            self.unsure = True
            return "Unknown"
        if outcome.bounded or outcome.verdict == "Unknown":
            self.unsure = True
            return "Unknown"
        return outcome.verdict


@dataclass(frozen=True, slots=True)
class _Call:
    """A flush or a wait as a thread may write it, and what it is on the machine."""

    what: str
    body: tuple[Statement, ...]

    @property
    def tags(self) -> frozenset[str]:
        events = [one for one in self.body if isinstance(one, Fence | Srcu)]
        return frozenset(tag for one in events for tag in one.tags)


def why(litmus: Litmus, model: Model, verdict: str) -> Why:
    """Explains a verdict of Sometimes or Never; nothing is said of others.

    Single additions only: where none is enough, ``remedies`` is empty. Raises LitmusError for a
    program that the model's primitives cannot run.
    """
    program = litmus.program(model.definitions, fold_rmw=model.fold_rmw)
    tries = _Tries(model)
    if verdict == "Sometimes":
        return Why(tuple(_remedies(litmus, program, tries)), (), not tries.unsure)
    if verdict == "Never":
        return Why((), tuple(_needed(program, tries)), not tries.unsure)
    return Why((), (), True)


def _remedies(litmus: Litmus, program: Program, tries: _Tries) -> Iterator[Remedy]:
    for index, thread in enumerate(program.threads):
        places = list(_places(thread.body))
        calls = _calls(litmus, index, tries.model)
        for number, source in enumerate(places):
            first = number == 0 or places[number - 1] == source

            def mends(
                body: tuple[Statement, ...],
                index: int = index,
                number: int = number,
                thread: Thread = thread,
            ) -> bool:
                edited = _edit(thread.body, number, lambda one: (*body, one))
                return tries.verdict(_with(program, index, edited)) == "Never"

            if not first:
                for what in _least(_added(thread.body, number, calls, tries.model), mends):
                    yield Remedy(f"{what} before", index, source)
            stronger = _edit(thread.body, number, _stronger)
            if stronger != thread.body and (
                tries.verdict(_with(program, index, stronger)) == "Never"
            ):
                kind = "an acquire instead of" if _is_load(thread.body, number) else None
                yield Remedy(kind or "a release instead of", index, source)


def _least(
    groups: Iterator[tuple[_Call, ...]], mends: Callable[[tuple[Statement, ...]], bool]
) -> Iterator[str]:
    """Those of the first group, from the weakest on, that has some: what is stronger mends too."""
    for group in groups:
        found = [call.what for call in group if mends(call.body)]
        if found:
            yield from found
            return


def _added(
    body: tuple[Statement, ...], number: int, calls: list[_Call], model: Model
) -> Iterator[tuple[_Call, ...]]:
    """What may be added before a statement: barriers, then flushes and waits, which are full
    barriers as well; none in a section that it would wait for."""
    before: list[Statement] = []
    _edit(body, -2, lambda one: (one,), seen=before)
    depth = 0
    for statement in before[:number]:
        if isinstance(statement, Lock):
            depth += (statement.kind == "lock") - (statement.kind == "unlock")
        elif isinstance(statement, Fence | Srcu | Load | Store):
            depth += bool(_OPEN & set(statement.tags)) - bool(_CLOSED & set(statement.tags))
    barriers = [_Call(what, (Fence((tag,), None, _NOWHERE),)) for what, tag in _BARRIERS]
    yield tuple(barriers[:2])
    yield tuple(barriers[2:])
    broadcast = _FLUSHES if "flush-ipi" not in model.variants else frozenset[str]()
    allowed = [call for call in calls if depth == 0 or call.tags & broadcast]
    pages = tuple(call for call in allowed if "tlb-page" in call.tags)
    mms = tuple(call for call in allowed if call.tags & (_FLUSHES - {"tlb-page"}))
    waits = tuple(call for call in allowed if not call.tags & _FLUSHES)
    yield (*pages, *waits)
    yield (*mms, *waits)


def _calls(litmus: Litmus, index: int, model: Model) -> list[_Call]:
    """Flushes and waits that thread ``index`` can write, those left out that are nothing on the
    machine. In assembly there are none."""
    if index >= len(litmus.threads):
        return []
    own = litmus.threads[index]
    named = list(zip(own.params, own.types, strict=True))
    written = [f"flush_tlb_page({name})" for name, kind in named if kind in ENTRIES]
    written += ["flush_tlb_mm()", "smp_call_function()", "synchronize_rcu()"]
    written += [f"synchronize_srcu({name})" for name, kind in named if kind == "srcu_struct"]
    found: list[_Call] = []
    for what in written:
        alone = replace(own, body=f"{{ {what}; }}")
        test = replace(
            litmus, threads=(alone,), question=Question("exists", Bool("true"), (), None)
        )
        test = replace(test, initial=replace(litmus.initial, registers={}))
        thread = test.program(model.definitions, fold_rmw=model.fold_rmw).threads[0]
        body = tuple(_events(thread.body))
        if body:
            found.append(_Call(what, body))
    return found


def _events(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """What a call does that has neither branches nor accesses."""
    for statement in body:
        if isinstance(statement, Scope):
            yield from _events(statement.body)
        elif isinstance(statement, Assign | Fence | Srcu):
            yield statement


def _needed(program: Program, tries: _Tries) -> Iterator[Needed]:
    for index, thread in enumerate(program.threads):
        seen: set[Source] = set()
        for number, source in enumerate(_places(thread.body)):
            if source in seen:
                continue
            weaker = _edit(thread.body, number, _weaker, whole=source)
            if weaker == thread.body:
                continue
            seen.add(source)
            if tries.verdict(_with(program, index, weaker)) in ("Sometimes", "Always"):
                yield Needed(index, source)


def _with(program: Program, index: int, body: tuple[Statement, ...]) -> Program:
    threads = list(program.threads)
    threads[index] = replace(threads[index], body=body)
    return replace(program, threads=tuple(threads))


_EVENTS = (Load, Store, Rmw, Fence, Lock, Srcu)


def _places(body: tuple[Statement, ...]) -> Iterator[Source]:
    """The source of each statement that makes an event, in order."""
    for statement in body:
        if isinstance(statement, If):
            yield from _places(statement.then)
            yield from _places(statement.orelse)
        elif isinstance(statement, Loop | Scope):
            yield from _places(statement.body)
        elif isinstance(statement, _EVENTS):
            yield statement.source


def _edit(
    body: tuple[Statement, ...],
    number: int,
    change: Callable[[Statement], tuple[Statement, ...]],
    *,
    whole: Source | None = None,
    seen: list[Statement] | None = None,
) -> tuple[Statement, ...]:
    """The body with one statement changed, or all of the source line ``whole``."""
    at = -1

    def inside(part: tuple[Statement, ...]) -> tuple[Statement, ...]:
        nonlocal at
        out: list[Statement] = []
        for statement in part:
            if isinstance(statement, If):
                then = inside(statement.then)
                out.append(replace(statement, then=then, orelse=inside(statement.orelse)))
            elif isinstance(statement, Loop | Scope):
                out.append(replace(statement, body=inside(statement.body)))
            elif isinstance(statement, _EVENTS):
                at += 1
                if seen is not None:
                    seen.append(statement)
                here = at == number if whole is None else statement.source == whole
                out.extend(change(statement) if here else (statement,))
            else:
                out.append(statement)
        return tuple(out)

    return inside(body)


def _stronger(statement: Statement) -> tuple[Statement, ...]:
    """An acquire or a release in the place of a once."""
    if isinstance(statement, Load) and statement.tags == ("once",):
        return (replace(statement, tags=("acquire",)),)
    if isinstance(statement, Store) and statement.tags == ("once",):
        return (replace(statement, tags=("release",)),)
    return (statement,)


def _is_load(body: tuple[Statement, ...], number: int) -> bool:
    found: list[bool] = []

    def look(statement: Statement) -> tuple[Statement, ...]:
        found.append(isinstance(statement, Load))
        return (statement,)

    _edit(body, number, look)
    return found == [True]


def _weaker(statement: Statement) -> tuple[Statement, ...]:
    """No fence; an access, or an atomic operation, without order."""
    if isinstance(statement, Fence):
        return ()
    if isinstance(statement, Load | Store) and statement.tags in (("acquire",), ("release",)):
        return (replace(statement, tags=("once",)),)
    if isinstance(statement, Rmw) and (statement.fences or "acquire" in statement.read_tags):
        once = ("once",)
        return (replace(statement, fences=(), read_tags=once, write_tags=once),)
    if isinstance(statement, Rmw) and "release" in statement.write_tags:
        return (replace(statement, write_tags=("once",)),)
    return (statement,)
