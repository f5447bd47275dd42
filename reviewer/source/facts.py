"""What a stretch of code does: primitive operations in source order, helpers looked through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from reviewer.kernel.table import Catalogue, Primitive, catalogue
from reviewer.source.given import does_what_is_given
from reviewer.source.model import CodeFacts, Flow, Function, Operation
from reviewer.source.operations import Call, outermost, within
from reviewer.source.shadows import in_words_of, shadowed


class Code(Protocol):
    """What is asked of a file: its functions and macros, and their calls."""

    path: str

    def line_of(self, byte: int) -> int:
        """1-based line of an offset."""

    def code(self, start: int, end: int) -> bytes:
        """A stretch of it, comments and literals blanked."""

    def conditions_at(self, byte: int) -> tuple[str, ...]:
        """Preprocessor conditions around an offset, outermost first."""

    def function_at(self, byte: int) -> Function | None:
        """The function definition that holds an offset."""

    def macro_at(self, byte: int) -> Function | None:
        """The macro whose ``#define`` holds an offset, as a function."""

    def definition(self, name: str) -> Function | None:
        """The definition of a name in this file."""

    def alias(self, function: Function) -> str:
        """The name a macro merely stands for, or ''."""

    def calls(self, function: Function) -> tuple[Call, ...]:
        """The calls of a function or macro body, in the order they take effect."""


Resolve = Callable[[str], tuple[Code, Function] | None]
"""Finds the definition of a name elsewhere, such as a static inline in a header."""

MAX_DEPTH = 5
"""How many helpers deep an operation is looked for."""
MAX_OPERATIONS = 4000
"""Operations after which a stretch of code is called incomplete."""

_UNDONE = {
    "lock.acquire": "lock.release",
    "rcu.read_lock": "rcu.read_unlock",
    "context.irq_off": "context.irq_on",
    "context.preempt_off": "context.preempt_on",
    "context.bh_off": "context.bh_on",
    "context.migrate_off": "context.migrate_on",
}


@dataclass(slots=True)
class _Walk:
    """The state of one look through a stretch of code."""

    resolve: Resolve | None
    primitives: Catalogue
    operations: list[Operation] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the walk is: the helpers passed, the caller's words, the call in the caller."""

    via: tuple[str, ...]
    bound: dict[str, str]
    origin: tuple[int, int] | None
    arms: tuple[int, ...]
    flow: Flow
    depth: int


def facts_of(
    file: Code,
    where: Function | tuple[int, int],
    resolve: Resolve | None = None,
    primitives: Catalogue | None = None,
) -> CodeFacts:
    """The operations of a function, or of a byte range inside one.

    In a range, only branches and loops that begin in it count. Helpers of the same file, macros
    and what ``resolve`` finds are looked through, at most ``MAX_DEPTH`` deep and never twice on
    one path; their operations carry the caller's expressions in place of the parameters.
    """
    function: Function | None
    if isinstance(where, Function):
        function, start, end = where, where.start_byte, where.end_byte
    else:
        start, end = where
        function = file.function_at(start) or file.macro_at(start)
    walk = _Walk(resolve, primitives or catalogue())
    first, last = file.line_of(start), file.line_of(max(start, end - 1))
    if function is None:
        why = "no function around it"
        return CodeFacts(file.path, "", first, last, (), False, why)
    if function.has_error:
        walk.why.append(f"{function.name}() does not parse")
    inside = [
        call
        for call in file.calls(function)
        if start <= call.start < end or (call.release and start <= call.order <= end)
    ]
    top = _Frame((function.name,), {}, None, (), Flow.ALWAYS, 0)
    _collect(walk, file, function, inside, top, start)
    if walk.unknown:
        names = list(walk.unknown)
        walk.why.append("not looked through: " + ", ".join(names[:5]))
    return CodeFacts(
        path=file.path,
        function=function.name,
        start_line=first,
        end_line=last,
        operations=tuple(walk.operations),
        complete=not walk.why,
        why_incomplete="; ".join(walk.why[:4]),
        unknown=tuple(walk.unknown),
    )


def _collect(
    walk: _Walk, file: Code, function: Function, calls: list[Call], frame: _Frame, start: int
) -> None:
    """Append the operations of ``calls``; branches opened before ``start`` do not count."""
    outer = len(file.conditions_at(function.start_byte))
    given = _given(walk, file, calls)
    for call in calls:
        if len(walk.operations) >= MAX_OPERATIONS:
            if "too many operations" not in walk.why:
                walk.why.append("too many operations")
            return
        inner = [arm for arm in call.arms if arm.start >= start]
        arms = frame.arms + tuple(arm.start for arm in inner)
        flow = frame.flow
        for arm in inner:
            if arm.flow is Flow.LOOP or flow is Flow.ALWAYS:
                flow = arm.flow if flow is not Flow.LOOP else flow
        arguments = tuple(in_words_of(argument, frame.bound) for argument in call.arguments)
        name = frame.bound.get(call.name, call.name)
        here = call.order if call.release else call.start
        origin = frame.origin or (file.line_of(here), here)
        primitive = walk.primitives.find(name)
        objects = primitive.concepts(arguments) if primitive is not None else ()
        if call.release:
            objects = _undone(objects)
        walk.operations.append(
            Operation(
                name=name,
                arguments=arguments,
                concepts=frozenset(tag for tag, _ in objects),
                line=origin[0],
                start_byte=origin[1],
                flow=flow,
                depth=len(arms),
                via=frame.via[1:],
                objects=objects,
                arms=arms,
                place=(file.path, file.line_of(here)),
                conditions=file.conditions_at(here)[outer:]
                + (("a macro does it",) if within(given, call.start) else ()),
            )
        )
        if call.release or _settled(primitive):
            continue
        if call.indirect:
            walk.unknown.setdefault(name)
            continue
        _look_through(
            walk,
            file,
            name,
            arguments,
            origin,
            _Frame(frame.via, frame.bound, frame.origin, arms, flow, frame.depth + 1),
            primitive,
        )


def _given(walk: _Walk, file: Code, calls: list[Call]) -> list[tuple[int, int]]:
    """The calls of macros that may not have a call done that they are given."""
    found: list[tuple[int, int]] = []
    for call in calls:
        inner = [at for at, one in enumerate(call.arguments) if "(" in one]
        if not inner or call.release or call.indirect or walk.primitives.find(call.name):
            continue
        place, macro = _definition(walk, file, call.name) or (file, None)
        if macro is None or not macro.macro:
            continue
        body = place.code(macro.body_start, macro.body_end)
        if not does_what_is_given(body, macro.parameters, inner):
            found.append((call.start, call.end))
    return outermost(found)


def _settled(primitive: Primitive | None) -> bool:
    """True for an operation the catalogue speaks for; a mere name pattern without effect is not."""
    return primitive is not None and (primitive.exact or not primitive.pure)


def _look_through(
    walk: _Walk,
    file: Code,
    name: str,
    arguments: tuple[str, ...],
    origin: tuple[int, int],
    frame: _Frame,
    primitive: Primitive | None,
) -> None:
    if name in frame.via:
        return
    if frame.depth > MAX_DEPTH:
        walk.unknown.setdefault(name)
        return
    found = _definition(walk, file, name)
    if found is None:
        if primitive is None and not _harmless(name):
            walk.unknown.setdefault(name)
        return
    place, function = found
    if function.has_error:
        walk.why.append(f"{name}() does not parse")
        walk.unknown.setdefault(name)
        return
    bound = dict(zip(function.parameters, arguments, strict=False))
    alias = place.alias(function)
    if alias:
        stood_for = Call(alias, arguments, function.body_start, function.end_byte, 0, ())
        calls, bound = [stood_for], {}
    else:
        calls = list(place.calls(function))
        if not calls:
            return
        bound |= _of_its_own(place, function, bound)
    _collect(
        walk,
        place,
        function,
        calls,
        _Frame((*frame.via, name), bound, origin, frame.arms, frame.flow, frame.depth),
        function.start_byte,
    )


def _of_its_own(place: Code, function: Function, bound: dict[str, str]) -> dict[str, str]:
    """What the variables of a helper are in the words of its caller."""
    body = place.code(function.body_start, function.body_end)
    own = shadowed(function.name, body, function.parameters)
    return {name: in_words_of(meant, bound) for name, meant in own.items()}


def _definition(walk: _Walk, file: Code, name: str) -> tuple[Code, Function] | None:
    here = file.definition(name)
    if here is not None:
        return file, here
    return walk.resolve(name) if walk.resolve is not None else None


def _harmless(name: str) -> bool:
    """True for what looks like a call and is a type, a cast or a constant macro."""
    return name.isupper() or name in ("defined", "_Generic", "T", "int", "while", "if")


def _undone(objects: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """What the end of a guard's scope does."""
    out: list[tuple[str, str]] = []
    for concept, name in objects:
        for taken, dropped in _UNDONE.items():
            if concept == taken or concept.startswith(taken + "."):
                kind = concept[len(taken) :]
                keep = kind if kind in (".read", ".write", ".srcu", ".bh", ".sched") else ""
                out.append((dropped + keep, name))
    return tuple(out)
