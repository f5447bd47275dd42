"""In which context a function runs: what it asserts, what it turns on and off, where it sleeps."""

from __future__ import annotations

import re

from reviewer.judging.bodies import Call, bodies_in, reached
from reviewer.kernel import primitive
from reviewer.kernel.expressions import arguments_of
from reviewer.source.file import SourceFile
from reviewer.source.model import CodeFacts, Function, Operation
from reviewer.verdict import Location
from reviewer.world import World

_SLEEPS = frozenset(("context.sleeps",))
_TURNS_ON = ("context.irq_on", "context.preempt_on", "context.bh_on", "lock.release")
_ASSERTS = "context.assert."
_OFF = frozenset(("context.irq_off", "context.preempt_off", "context.bh_off"))
_UNCONDITIONAL = re.compile(r"(?:\w+_(?:un)?lock_irq(?:_nested)?|\w*local_irq_(?:disable|enable))")
_IRQ = frozenset(("context.irq_off", "context.irq_on"))


def always(operation: Operation) -> bool:
    """True if it runs on every way through the function, but for early returns."""
    return not operation.arms and not operation.conditions


def where(operation: Operation, path: str) -> Location:
    """The place of an operation, with the call that shows it."""
    place, line = operation.place
    shown = f"{operation.name}({', '.join(operation.arguments[:2])})"
    return Location(place or path, line or operation.line, shown)


_LEAVES = re.compile(rb"\b(?:return|goto)\b")


def unless_left(operation: Operation, function: Function, source: SourceFile) -> bool:
    """True if some way out of the function, or of the one helper in between, comes before."""
    if _LEAVES.search(source.code(function.body_start, operation.start_byte)):
        return True
    if not operation.via:
        return False
    helper = source.definition(operation.via[0])
    if len(operation.via) > 1 or helper is None:
        return True
    before = source.code(helper.body_start, helper.body_end).split(b"\n")
    ahead = max(0, operation.place[1] - source.line_of(helper.body_start))
    return _LEAVES.search(b"\n".join(before[:ahead])) is not None


def assertion(facts: CodeFacts, *contexts: str) -> Operation | None:
    """The first unconditional assertion of one of the contexts (``irq_off``, ``preempt_on``).

    None if the function may have changed what is asserted before: itself, or, where a helper
    asserts it, in a call before that is not known.
    """
    wanted = {_ASSERTS + context for context in contexts}
    unknown: set[str] = set()
    for op in facts.operations:
        if always(op) and op.concepts & wanted:
            return None if op.via and unknown - set(op.via) else op
        if any(map(_changes, op.concepts)):
            return None
        if not op.concepts:
            unknown.add(op.name)
    return None


def _changes(concept: str) -> bool:
    """True if an operation of this concept changes the context that the code runs in."""
    switches = concept.startswith("context.") and not concept.startswith(_ASSERTS)
    return (switches and concept not in _SLEEPS) or _below(
        concept, ("lock.acquire", "lock.release")
    )


def first_sleep(facts: CodeFacts, function: Function, source: SourceFile) -> Operation | None:
    """The first operation that sleeps on every way through, in the context of the caller.

    None if anything before it turns interrupts, preemption or bottom halves back on or drops a
    lock, or if the function only sleeps under a condition or may return before.
    """
    for operation in facts.operations:
        if operation.concepts & _OFF:
            return None
        if any(_below(concept, _TURNS_ON) for concept in operation.concepts):
            return None
        sleeps = operation.concepts & _SLEEPS or operation.name == "might_sleep"
        if sleeps and always(operation) and "lock.release" not in operation.concepts:
            return None if unless_left(operation, function, source) else operation
    return None


def sleeping(facts: CodeFacts) -> Operation | None:
    """The first operation that may sleep, or says so, under whatever condition."""
    return next(
        (
            op
            for op in facts.operations
            if op.concepts & {"context.sleeps", "context.may_sleep"}
            and "lock.release" not in op.concepts
        ),
        None,
    )


def sleep_reached(world: World, function: Function) -> Call | None:
    """The nearest call that may sleep in what a function of the World's file calls, if any."""
    for body in bodies_in(world.source, function.name):
        for call in reached(world, body, lambda name: primitive(name) is not None):
            known = primitive(call.name)
            if known is None:
                continue
            tags = frozenset(tag for tag, _ in known.concepts(tuple(arguments_of(call.arguments))))
            if known.never_atomic(tags) and not _below_any(tags, _MAY_NOT):
                return call
    return None


_MAY_NOT = ("lock.release", "lock.acquire.try")


def _below_any(concepts: frozenset[str], roots: tuple[str, ...]) -> bool:
    return any(_below(concept, roots) for concept in concepts)


def turns_irqs_on(facts: CodeFacts) -> tuple[Operation, Operation] | None:
    """A plain disable and enable of interrupts (``spin_lock_irq()`` … ``spin_unlock_irq()``).

    Whatever the state on entry was, interrupts are on behind the pair. None if the first thing
    done to interrupts is a save, an enable, or conditional.
    """
    touched = [op for op in facts.operations if op.concepts & _IRQ]
    if len(touched) < 2 or "context.irq_off" not in touched[0].concepts:
        return None
    off = touched[0]
    if not always(off) or _UNCONDITIONAL.fullmatch(off.name) is None:
        return None
    for on in touched[1:]:
        if "context.irq_on" in on.concepts and always(on):
            return (off, on) if _UNCONDITIONAL.fullmatch(on.name) else None
    return None


def _below(concept: str, roots: tuple[str, ...]) -> bool:
    return any(concept == root or concept.startswith(root + ".") for root in roots)
