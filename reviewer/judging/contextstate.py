"""Whether interrupts, preemption or bottom halves are off, or RCU is read, where a call is made.

Marks: ``entry`` as the caller was entered, ``entry+n`` and ``on+n`` switched off n times on top of
that, ``on``, ``lost``, ``pending`` (the call was made in the state of entry). A primitive that
must not run in atomic context proves that everything is on, also for a pending call before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from reviewer.judging.callerside import straight
from reviewer.judging.callsites import Site
from reviewer.judging.helpers import Does, Tagged, may_end, unseen
from reviewer.kernel import primitive
from reviewer.source.flow import Mark, Point, passes
from reviewer.source.model import Operation
from reviewer.tree.model import Index
from reviewer.world import Library, World

_DEEP = 6
_BH = {"off": "off", "back": "on"}


class Context(StrEnum):
    """What a section switches off."""

    IRQ = "interrupts"
    PREEMPT = "preemption"
    BH = "bottom halves"
    RCU = "a grace period"
    """Held off by rcu_read_lock(), not by what else keeps one from ending."""

    def state(self, off: bool) -> str:
        """The state in words."""
        if self is Context.RCU:
            return "rcu_read_lock() held" if off else "rcu_read_lock() not held"
        return f"{self.value} {'off' if off else 'on'}"


class Level(StrEnum):
    """What is certain at a call."""

    OFF = "off"
    ON = "on"
    ENTRY = "entry"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """The state at one call and the operations that show it, one for each way to it."""

    level: Level
    operations: tuple[Operation, ...] = ()
    after: bool = False
    """True if the operation comes behind the call."""

    @property
    def operation(self) -> Operation | None:
        """The first of them."""
        return self.operations[0] if self.operations else None


@dataclass(slots=True)
class _Watch:
    before: set[Mark] = field(default_factory=set)
    after: set[str] = field(default_factory=set)
    proofs: set[int] = field(default_factory=set)

    def step(self, mark: Mark, point: Point) -> Iterable[Mark]:
        """One operation seen by one mark."""
        kind = mark[0]
        if point.what == "call":
            self.before.add(mark)
            return (mark, ("pending", -1)) if kind == "entry" else (mark,)
        if kind == "pending":
            if point.what == "off" and not point.maybe:
                self.after.add("off")
                return ()
            self.after.add(point.what)
            if point.what == "sleep":
                self.proofs.add(point.number)
            return ()
        return (_next(mark, point),)


def _next(mark: Mark, point: Point) -> Mark:
    kind = mark[0]
    base, _, count = kind.partition("+")
    depth = int(count or 0)
    match point.what:
        case "sleep":
            return ("on", point.number) if not depth else ("lost", -1)
        case "on":
            return ("on", point.number)
        case "off" if kind == "lost":
            return ("lost+1", point.number)
        case "off":
            return (f"{base}+{min(depth + 1, _DEEP)}", point.number)
        case "back" if depth > 1:
            return (f"{base}+{depth - 1}", mark[1])
        case "back" if depth == 1:
            return (base, -1 if base != "on" else point.number)
        case "back" | "lose":
            return ("lost", -1)
        case "is_off":
            return ("lost+1", point.number)
    return mark


def context_at(world: World, site: Site, context: Context) -> Found:
    """The state of interrupts or preemption at a call."""
    if any(one.startswith(("__init", "__exit", "__meminit")) for one in site.caller.annotations):
        return Found(Level.UNKNOWN)  # early at boot, sleeping primitives run with interrupts off
    watch = _Watch()
    points = list(_points(world, site, context))
    if passes(site.source, site.caller, points, watch.step, ("entry", -1)) is None:
        return Found(Level.UNKNOWN)
    return _conclude(site, watch)


def _conclude(site: Site, watch: _Watch) -> Found:
    if not watch.before:
        return Found(Level.UNKNOWN)
    kinds = {kind for kind, _ in watch.before}
    numbers = sorted({number for _, number in watch.before if number >= 0})
    operations = tuple(site.facts.operations[number] for number in numbers)
    if all("+" in kind for kind in kinds):
        return Found(Level.OFF, operations)
    if kinds == {"on"}:
        return Found(Level.ON, operations)
    if kinds != {"entry"}:
        return Found(Level.UNKNOWN)
    if watch.after == {"sleep"} and site.number >= 0:
        proof = site.facts.operations[min(watch.proofs)]
        call = site.facts.operations[site.number]
        if proof.arms == call.arms[: len(proof.arms)]:
            return Found(Level.ON, (proof,), after=True)
    return Found(Level.ENTRY)


def _points(world: World, site: Site, context: Context) -> Iterator[Point]:
    operations = site.facts.operations
    not_seen = unseen(site)
    around: tuple[int, ...] = ()
    if site.number < 0:
        yield Point(site.at, -1, "call")
    for number, op in enumerate(operations):
        if not op.via:
            around = op.arms
        if number == site.number:
            yield Point(op.start_byte, number, "call", op.arms)
            continue
        if op.via and op.start_byte == site.start_byte and site.number >= 0:
            continue
        what = _effect(op.name, op.concepts, context)
        maybe = bool(op.conditions)
        if not what:
            if number in not_seen and may_end(world, op, _Off(context)):
                yield Point(op.start_byte, number, "lose", op.arms, maybe=True)
            continue
        if op.via and (op.arms != around or not straight(world, site, op.via)):
            if what != "sleep":
                if _restored(operations, op, context):
                    continue
                what = "lose"
            maybe = True
        closes = op.name.startswith("guard:") and what in ("on", "back")
        yield Point(op.start_byte, number, what, op.arms, maybe=maybe, closes=closes)


def switches_off(operation: Operation, context: Context) -> bool:
    """True for what switches off, or asserts that it is off."""
    return _effect(operation.name, operation.concepts, context) in ("off", "is_off")


def switches(operation: Operation, context: Context, *, off: bool) -> bool:
    """True for what switches it off, or back on."""
    wanted = ("off",) if off else ("on", "back")
    return _effect(operation.name, operation.concepts, context) in wanted


@dataclass(frozen=True, slots=True)
class _Off:
    """A context that is off around a call (``helpers.State``)."""

    context: Context

    def done_by(self, name: str, objects: Tagged) -> Does:
        """By what the primitive switches."""
        what = _effect(name, frozenset(tag for tag, _ in objects), self.context)
        done = {"off": Does.BEGIN, "back": Does.END, "on": Does.END_ALL}
        return done.get(what, Does.NOTHING)

    def untouched_in(self, _index: Index, _path: str) -> bool:
        """Never: there is no one name to look for."""
        return False

    def may_be(self, _objects: Tagged) -> bool:
        """Never: the primitive's name says what it switches."""
        return False

    def out_of_reach(self, _library: Library, _member: str) -> bool:
        """Never: any function may switch it."""
        return False


def _effect(name: str, tags: frozenset[str], context: Context) -> str:
    if context is Context.RCU:
        takes, drops = "rcu.read_lock" in tags, "rcu.read_unlock" in tags
        return "" if takes == drops else "off" if takes else "back"
    if "context.sleeps" in tags or name == "might_sleep":
        plain = "lock.release" not in tags and "lock.acquire.try" not in tags
        return "sleep" if plain and _surely_sleeps(name, tags) else ""
    if context is Context.IRQ:
        return _irq_effect(name, tags)
    if context is Context.BH:
        if "context.assert.softirq" in tags:
            return "is_off"
        return next((what for what in ("off", "back") if f"context.bh_{_BH[what]}" in tags), "")
    if tags & {"context.assert.preempt_off", "context.assert.irq_off", "context.assert.atomic"}:
        return "is_off"
    if tags & {"context.irq_off", "context.preempt_off"} or "context.bh_off" in tags:
        return "off"
    if tags & {"context.irq_on", "context.preempt_on", "context.bh_on"}:
        return "back"
    return ""


def _irq_effect(name: str, tags: frozenset[str]) -> str:
    if "context.assert.irq_off" in tags:
        return "is_off"
    if "context.irq_off" in tags:
        return "off"
    if "context.irq_on" in tags:
        return "back" if re.search(r"restore|save", name) else "on"
    return ""


def _surely_sleeps(name: str, tags: frozenset[str]) -> bool:
    known = primitive(name)
    return known is not None and known.never_atomic(tags)


def _restored(operations: tuple[Operation, ...], op: Operation, context: Context) -> bool:
    """True if a helper first switches off and last switches back what it switched off."""
    done = [
        what
        for other in operations
        if other.via
        and other.start_byte == op.start_byte
        and (what := _effect(other.name, other.concepts, context))
    ]
    return done[0] == "off" and done[-1] == "back" and "on" not in done
