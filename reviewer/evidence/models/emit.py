"""A shape as a litmus test, each line with the source line it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from reviewer.evidence.models.shapes import Shape
from reviewer.evidence.models.values import Does, Event, Place
from reviewer.evidence.models.windows import Window

UNSET = 99
"""What a register holds before its read: no location ever does."""
_FRESH = 2
"""The first value given to a write whose value is not known."""
_REGISTER = re.compile(r"\br(\d+)\b")
_NUMBER = re.compile(r"-?\d+")


@dataclass(frozen=True, slots=True)
class Litmus:
    """A program and its question, as text."""

    name: str
    text: str


class Names:
    """Locations by what they stand for: what both sides share has one name."""

    def __init__(self, shape: Shape) -> None:
        self._names: dict[object, str] = {}
        self.taken: dict[str, int] = {}
        own, other = shape.own, shape.other
        for x, y in ((own.first, other.last), (own.last, other.first)):
            assert x.place is not None
            assert y.place is not None
            name = self._fresh(x.place)
            self._names[0, x.place.key] = name
            self._names[1, y.place.key] = name
        self._excluding = {
            event.place.role
            for window in (own, other)
            for event in (*window.held, *window.events)
            if event.excludes and event.place is not None
        }

    def of(self, thread: int, place: Place) -> str:
        """The location's name in a thread; places of one type and member with one name shared."""
        key = (thread, place.key)
        if key not in self._names:
            role = ("role", place.role)
            if place.owner not in ("local", "?") and role not in self._names:
                self._names[role] = self._fresh(place)
            self._names[key] = self._names.get(role) or self._fresh(place)
        return self._names[key]

    def of_lock(self, thread: int, place: Place) -> str:
        """The lock's name in a thread: what both sides only read-lock keeps neither out."""
        own = replace(place, owner="local") if place.role not in self._excluding else place
        return self.of(thread, own)

    def _fresh(self, place: Place) -> str:
        stem = re.sub(r"\W+", "_", place.member).strip("_") or "x"
        if not re.match(r"[a-z]", stem) or re.fullmatch(r"r\d+|int|P\d+", stem):
            stem = f"v_{stem}"
        count = self.taken[stem] = self.taken.get(stem, 0) + 1
        return stem if count == 1 else f"{stem}_{count}"


def litmus(shape: Shape, initial: dict[str, int], title: str) -> Litmus | None:
    """The test; None if its question cannot be put.

    ``initial`` gives what the two shared locations hold at first ('x', 'y').
    """
    names = Names(shape)
    threads = [_Thread(0, shape.own, names), _Thread(1, shape.other, names)]
    a, b, c, d = shape.kinds
    assert shape.own.first.place is not None
    assert shape.own.last.place is not None
    x, y = names.of(0, shape.own.first.place), names.of(0, shape.own.last.place)
    start = {x: initial["x"], y: initial["y"]}
    for event in (shape.own.first, shape.own.last, shape.other.first, shape.other.last):
        if event.writes:
            fixed = event.value.exact
            where = x if event in (shape.own.first, shape.other.last) else y
            if _NUMBER.fullmatch(fixed) and not event.reads and int(fixed) == start[where]:
                return None
    bodies = [thread.body(shared) for thread, shared in zip(threads, (start, start), strict=True)]
    asked = (
        _edge(threads[0].last, threads[1].first, b, c, y, start[y], threads),
        _edge(threads[1].last, threads[0].first, d, a, x, start[x], threads),
    )
    if not all(asked):
        return None
    holds = {**{n: 0 for thread in threads for n in thread.locations}, **start}
    lines = [f"C {title}", "{ " + " ".join(f"{n}={v};" for n, v in sorted(holds.items())) + " }"]
    for thread, body in zip(threads, bodies, strict=True):
        parameters = ", ".join(f"int *{n}" for n in sorted(thread.locations))
        lines += ["", f"P{thread.number}({parameters})", "{", *body, "}"]
    lines += ["", "exists (" + " /\\ ".join(asked) + ")", ""]
    return Litmus(title, "\n".join(lines))


@dataclass(frozen=True, slots=True)
class _End:
    """One of the four accesses: its thread, its register, the value that it writes."""

    thread: int
    register: int
    value: str


def _edge(
    one: _End, other: _End, kind: str, kind2: str, name: str, start: int, threads: object
) -> str:
    """What shows that the first access came before the second, on one location."""
    if (kind, kind2) == ("W", "R"):
        register = f"{other.thread}:r{other.register}"
        if _NUMBER.fullmatch(one.value):
            return f"{register}={one.value}"
        return f"~({register}={start}) /\\ ~({register}={UNSET})"
    if (kind, kind2) == ("R", "W"):
        return f"{one.thread}:r{one.register}={start}"
    if _NUMBER.fullmatch(other.value) and other.value != one.value:
        return f"{name}={other.value}"
    return ""


class _Thread:
    """One window as the body of a thread."""

    def __init__(self, number: int, window: Window, names: Names) -> None:
        self.number = number
        self.locations: dict[str, None] = {}
        self._window = window
        self._names = names
        ends = {id(window.first), id(window.last)}
        asked = {window.first.place.key if window.first.place else None,
                 window.last.place.key if window.last.place else None}  # fmt: skip
        self._kept = [
            event
            for event in window.events
            if id(event) in ends
            or event.does in (Does.FENCE, Does.BRANCH, Does.LOCK, Does.UNLOCK)
            or (
                event.does is Does.ACCESS
                and event.place is not None
                and (event.orders or event.place.key in asked)
            )
        ]
        needed = {d for e in self._kept for d in _deps(e)}
        self._kept = [
            e for e in window.events if e in self._kept or (e.register in needed and e.reads)
        ]
        used = [event.register for event in self._kept if event.register >= 0]
        self._renamed = {old: new for new, old in enumerate(used)}
        self._values: dict[int, str] = {}
        self.first = self._end(window.first)
        self.last = self._end(window.last)

    def _end(self, event: Event) -> _End:
        return _End(self.number, self._renamed.get(event.register, -1), self._value(event))

    def _value(self, event: Event) -> str:
        """What a write writes: the source's constant, or a number of its own."""
        if not event.writes or (event.reads and "$" not in event.statement):
            return ""
        known = self._values.get(id(event))
        if known is not None:
            return known
        exact = event.value.exact
        if _NUMBER.fullmatch(exact):
            value = exact
        elif exact and _deps_of(exact) and _deps_of(exact) <= self._renamed.keys():
            value = self._rename(exact)
        else:
            fresh = _FRESH + 2 * len(self._values) + self.number
            kept = sorted(self._renamed[d] for d in event.value.deps if d in self._renamed)
            value = " + ".join([str(fresh), *(f"(r{d} & 0)" for d in kept)])
        self._values[id(event)] = value
        return value

    def _rename(self, exact: str) -> str:
        return _REGISTER.sub(lambda m: f"r{self._renamed[int(m[1])]}", exact)

    def body(self, start: dict[str, int]) -> list[str]:
        """The lines of the thread."""
        lines = [f"\tint r{new} = {UNSET};" for new in self._renamed.values()]
        taken: list[str] = []
        for event in self._window.held:
            if event.place is not None:
                name = self._lock(event.place)
                if name not in taken:
                    taken.append(name)
                    lines.append(_line(f"spin_lock({name});", event, 1))
        depth = 1
        for event in self._kept:
            if event.does is Does.BRANCH:
                test = self._test(event)
                if test:
                    lines.append(_line(f"if ({test}) {{", event, depth))
                    depth += 1
                continue
            if event.does in (Does.LOCK, Does.UNLOCK):
                name = self._lock(event.place) if event.place else ""
                if (event.does is Does.LOCK) == (name in taken):
                    continue
                if event.does is Does.LOCK:
                    taken.append(name)
                else:
                    taken.remove(name)
                lines.append(_line(f"spin_{event.does.value}({name});", event, depth))
                continue
            lines.append(_line(self._statement(event), event, depth))
        lines += [f"\t{chr(9) * (depth - 1)}spin_unlock({name});" for name in reversed(taken)]
        lines += ["\t" * level + "}" for level in range(depth - 1, 0, -1)]
        return lines

    def _location(self, place: Place) -> str:
        name = self._names.of(self.number, place)
        self.locations[name] = None
        return name

    def _lock(self, place: Place) -> str:
        name = self._names.of_lock(self.number, place)
        self.locations[name] = None
        return name

    def _statement(self, event: Event) -> str:
        text = event.statement
        if event.place is not None:
            name = self._location(event.place)
            deps = sorted(self._renamed[d] for d in event.place.deps if d in self._renamed)
            if deps:
                name = f"({' + '.join([name, *(f'(r{d} & 0)' for d in deps)])})"
            text = re.sub(r"\br(\d+)\b", self._renamed_or_zero, text)
            text = text.replace("@", name).replace("$", self._value(event) or "1")
        if event.register >= 0:
            text = f"r{self._renamed[event.register]} = {text}"
        return text if text.endswith(";") else f"{text};"

    def _renamed_or_zero(self, match: re.Match[str]) -> str:
        new = self._renamed.get(int(match[1]))
        return f"r{new}" if new is not None else "0"

    def _test(self, event: Event) -> str:
        exact = event.value.exact
        if exact and _deps_of(exact) and _deps_of(exact) <= self._renamed.keys():
            return self._rename(exact)
        kept = sorted(self._renamed[d] for d in event.value.deps if d in self._renamed)
        return " + ".join(f"(r{d} & 0)" for d in kept) + " == 0" if kept else ""


def _deps(event: Event) -> frozenset[int]:
    place = event.place.deps if event.place is not None else frozenset()
    if event.does is Does.BRANCH:
        return frozenset()
    return place | (event.value.deps if event.writes else frozenset())


def _deps_of(exact: str) -> set[int]:
    return {int(one) for one in _REGISTER.findall(exact)}


def _line(text: str, event: Event, depth: int) -> str:
    where = f"{event.path}:{event.line}"
    plain = ", plain" if event.name.startswith("plain") else ""
    plain = f", {event.name}" if event.name.startswith("all that") else plain
    lead = "\t" * depth
    pad = " " * max(1, 44 - len(text) - 4 * depth)
    return f"{lead}{text}{pad}// {where}{plain}"


def weakened(window: Window) -> Window | None:
    """The window without its barrier; None if that is no operation that can be left out."""
    event = window.events[window.barrier]
    if event.does is Does.FENCE:
        lesser = replace(event, statement="")
        rest = (*window.events[: window.barrier], *window.events[window.barrier + 1 :])
        return replace(window, events=rest, barrier=-1)
    weaker = relaxed(event.statement)
    if event.does is not Does.ACCESS or weaker is None:
        return None
    lesser = replace(event, statement=weaker, orders=False)
    events = (*window.events[: window.barrier], lesser, *window.events[window.barrier + 1 :])
    return replace(window, events=events)


_RELAXED = (
    (re.compile(r"smp_load_acquire\((.*)\)"), r"READ_ONCE(*\1)"),
    (re.compile(r"smp_store_release\(@, (.*)\)"), r"WRITE_ONCE(*@, \1)"),
    (re.compile(r"rcu_assign_pointer\((.*)\)"), r"WRITE_ONCE(\1)"),
    (re.compile(r"smp_store_mb\((.*)\)"), r"WRITE_ONCE(\1)"),
    (re.compile(r"(atomic_read|atomic_set)_(?:acquire|release)\((.*)\)"), r"\1(\2)"),
    (re.compile(r"atomic_(inc|dec)_and_test\(@\)"), r"(atomic_\1_return_relaxed(@) == 0)"),
    (re.compile(r"atomic_sub_and_test\((.*)\)"), r"(atomic_sub_return_relaxed(\1) == 0)"),
    (re.compile(r"((?:atomic_)?(?:cmp)?xchg)(?:_acquire|_release)?\((.*)\)"), r"\1_relaxed(\2)"),
    (re.compile(r"(atomic_(?:fetch_\w+?|\w+?_return))(?:_acquire|_release)?\((.*)\)"),
     r"\1_relaxed(\2)"),
)  # fmt: skip


def relaxed(statement: str) -> str | None:
    """A statement without its order; None if it has none to lose."""
    for pattern, to in _RELAXED:
        match = pattern.fullmatch(statement)
        if match is not None and "relaxed" not in statement:
            return match.expand(to)
    return None


def strengthened(window: Window) -> Window:
    """The window with a full barrier where one is said to stand."""
    at = max(1, min(window.mark, len(window.events) - 1))
    near = window.events[at]
    fence = replace(
        near, does=Does.FENCE, name="smp_mb", statement="smp_mb();", place=None, register=-1,
        reads=False, writes=False, orders=True,
    )  # fmt: skip
    events = (*window.events[:at], fence, *window.events[at:])
    return replace(window, events=events, barrier=at)


def locations_of(events: Iterable[Event]) -> tuple[tuple[str, int, str], ...]:
    """Path, line and name of events, for evidence."""
    return tuple(dict.fromkeys((one.path, one.line, one.name) for one in events))
