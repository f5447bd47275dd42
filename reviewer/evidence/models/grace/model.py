"""Whether a reader from before a wait can still be at what the wait's own code gives up.

The function that waits takes a link away, waits for readers, and then does as it likes with what
was linked. A reader that found it looks at it up to where its section ends. The outcome, found
and looked at after it was given up, must be *Never* with the wait and *Sometimes* without it, and
without the reader's section: then the wait is what keeps them apart, and the verdict rests on it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from reviewer.evidence.models.emit import UNSET, Litmus
from reviewer.evidence.models.grace.always import is_always_there
from reviewer.evidence.models.grace.hidden import may_end
from reviewer.evidence.models.grace.locked import locks
from reviewer.evidence.models.grace.readers import Reader, readers_of
from reviewer.evidence.models.grace.tracer import (
    FREE,
    WAIT,
    GraceTracer,
    concepts,
    waits,
    waits_itself,
)
from reviewer.evidence.models.pairs import never, possible
from reviewer.evidence.models.scope import called_in
from reviewer.evidence.models.trace import Tracer
from reviewer.evidence.models.values import Does, Event, Place, Trace
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_TRIED = 6
"""Places that a function takes away which are looked at."""
_DEEP = 2
_SET = re.compile(rb"\b(\w+)\s*\(\s*&?([^;{}]*?)\s*[,)]")
_LAST = re.compile(rb"(\w+)\W*\Z")
_ROOT = re.compile(rb"[&*(\s]*(\w+)\s*->")
_FRESH = rb"\b%s\s*=\s*[^;=]*\b\w*alloc\w*\s*\("
_REF = re.compile(r"&(.*?)(?:->|\.)\w+\Z")


class Answer(StrEnum):
    """What the model says of a wait."""

    EXCLUDES = "excludes"
    ALLOWS = "allows"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GraceModel:
    """The answer, the test it rests on, and what it rests on in the source."""

    answer: Answer
    why: str
    program: Litmus | None = None
    without: tuple[Litmus, ...] = ()
    """The test without the wait, and without the reader's section: possible in both."""
    steps: tuple[Event, ...] = ()
    """Where the link goes, the wait, and where the reader's section begins."""
    reader: Reader | None = None
    left_to_callers: tuple[Reader, ...] = ()
    """Readers whose section is their caller's, as what they look with asserts."""
    place: Place | None = None
    doubted: bool = False
    """True if a reader of the place is in doubt."""
    gone: Event | None = None
    """Where the object is freed, if that is seen."""
    linked: bool = False
    """True if it is freed, or given to be, while readers can find it still."""
    partly: bool = False
    """True if readers are waited for in time on another path."""


@dataclass(frozen=True, slots=True)
class _Update:
    """One path of the updater: the link taken away, the waits behind it, what is given up."""

    unlink: Event
    waits: tuple[Event, ...]
    gone: Event | None
    """Where the object is freed; None if that is not seen: it is, behind the last wait."""
    before: bool
    """True if it is freed before the wait."""
    again: bool = False
    """True if readers may find it again before that."""
    linked: bool = False
    """True if it is given up, by whatever wait, before the link goes."""


def grace_model(world: World, function: Function, meant: range | None = None) -> GraceModel:
    """What the waits of a function keep readers from.

    ``meant`` are the lines in which the wait stands that is asked about, None for any. One place
    of several whose readers are in doubt, or are not kept away, leaves all undecided.
    """
    found = [one_place(world, function, one, meant) for one in taken_away(world, function)]
    bad = next((one for one in found if one.answer is Answer.ALLOWS or one.doubted), None)
    if bad is not None:
        return bad
    good = next((one for one in found if one.answer is Answer.EXCLUDES), None)
    why = "nothing that readers follow is seen to be taken away before the wait"
    return good or next(iter(found), GraceModel(Answer.UNKNOWN, why))


def taken_away(world: World, function: Function) -> list[str]:
    """Members that a function, or a helper of its, takes away by name; links first.

    A pointer of an object that was allocated right there has no readers yet.
    """
    found: dict[str, bool] = {}
    for where, one in _near(world, function):
        code = where.code(one.body_start, one.body_end)
        for match in _SET.finditer(code):
            known = concepts(match[1].decode())
            member = _LAST.search(match[2])
            if not known & {"rcu.unlink", "rcu.assign"} or member is None:
                continue
            root = _ROOT.match(match[2])
            if root is not None and re.search(_FRESH % re.escape(root[1]), code):
                continue
            name = member[1].decode()
            found[name] = found.get(name, False) or "rcu.unlink" in known
    return sorted(found, key=lambda name: not found[name])[:_TRIED]


def _near(world: World, function: Function) -> Iterator[tuple[SourceFile, Function]]:
    """A function and the helpers that it is followed into."""
    tracer = Tracer(world, frozenset())
    waiting = [(world.source, function, 0)]
    seen: set[tuple[str, int]] = set()
    while waiting:
        where, one, deep = waiting.pop(0)
        if (where.path, one.start_byte) in seen:
            continue
        seen.add((where.path, one.start_byte))
        yield where, one
        for name in called_in(where, one.start_byte, one.body_end) if deep < _DEEP else ():
            inner = None if concepts(name) else tracer.definition(name, where)
            if inner is not None:
                waiting.append((*inner, deep + 1))


def one_place(
    world: World, function: Function, member: str, meant: range | None = None,
    kept_out: Callable[[Reader], str] = lambda _: "",
) -> GraceModel:  # fmt: skip
    """What the waits of a function keep the readers of a member, or of a variable, from.

    Readers of which ``kept_out`` names what may keep them out are not asked about.
    """
    traces = GraceTracer(world, frozenset((member,))).traces(world.source, function)
    updates = [one for trace in traces.traces for one in _updates(trace)]
    if not updates:
        why = next(iter(traces.left_out), f"no path is seen on which {member} is taken away")
        return GraceModel(Answer.UNKNOWN, why)
    if traces.left_out:
        return GraceModel(Answer.UNKNOWN, f"not all is followed: {traces.left_out[0]}")
    if meant is not None and any(one.waits and one.waits[0].top not in meant for one in updates):
        return GraceModel(Answer.UNKNOWN, f"{member} is waited for elsewhere in the function")
    place = updates[0].unlink.place
    assert place is not None
    if not all(one.unlink.place is not None and one.unlink.place.same(place) for one in updates):
        return GraceModel(Answer.UNKNOWN, f"it cannot be told whose {member} is taken away")
    if any(one.again for one in updates):
        return GraceModel(Answer.UNKNOWN, f"{place} may be set again", place=place, doubted=True)
    for wait in dict.fromkeys(one for update in updates for one in update.waits):
        if not is_always_there(world.library, world.source, function, wait):
            why = f"some configurations do not have {wait.name}() at {wait.path}:{wait.line}"
            return GraceModel(Answer.UNKNOWN, why, place=place, doubted=True)
    unfreed = dict.fromkeys((u.unlink, u.waits[0]) for u in updates if u.waits and u.gone is None)
    for unlink, wait in unfreed:  # many paths have the same two
        early = may_end(world.library, world.source, function, unlink, wait)
        if early:
            why = f"{early}() may give {place} up before the wait"
            return GraceModel(Answer.UNKNOWN, why, place=place)
    own, callers, doubt = _sorted(world, place)
    if doubt is not None:
        where = f"{doubt.function}() at {doubt.look.path}:{doubt.look.line}"
        why = f"a reader is in doubt: {where}: {doubt.doubt}"
        return GraceModel(Answer.UNKNOWN, why, place=place, doubted=True)
    if not own:
        why = (
            f"all readers of {place} that are seen are in sections of their callers"
            if callers
            else f"no reader of {place} is seen"
        )
        return GraceModel(Answer.UNKNOWN, why, left_to_callers=tuple(callers), place=place)
    keeping = [kept_out(reader) for reader in own]
    own = [reader for reader, by in zip(own, keeping, strict=True) if not by]
    if not own:
        why = f"{keeping[0]}() may keep the reader out"
        return GraceModel(Answer.UNKNOWN, why, place=place, doubted=True)
    taken = locks(world.source, function, sys.maxsize)
    for reader in own:
        if taken and not taken.isdisjoint(_taken_by(world, reader)):
            why = f"a lock of both may keep the reader in {reader.function}() out"
            return GraceModel(Answer.UNKNOWN, why, place=place, doubted=True)
    return _asked(updates, own, tuple(callers), place)


def _taken_by(world: World, reader: Reader) -> frozenset[str]:
    """The locks that a reader takes before it looks."""
    source = world.library.source(reader.look.path)
    found = source.functions_named(reader.function) if source is not None else ()
    taken = [locks(source, one, reader.look.top) for one in found if source is not None]
    return frozenset().union(*taken)


def _sorted(world: World, place: Place) -> tuple[list[Reader], list[Reader], Reader | None]:
    own: list[Reader] = []
    callers: list[Reader] = []
    for reader in readers_of(world, place):
        if reader.doubt:
            return own, callers, reader
        (callers if reader.enter is None else own).append(reader)
    return own, callers, None


def _updates(trace: Trace) -> Iterator[_Update]:
    """What a path takes away, with the waits behind it and where the object goes."""
    events = trace.events
    for at, event in enumerate(events):
        if event.does is not Does.ACCESS or not event.writes or event.place is None:
            continue
        if not concepts(event.name) & {"rcu.unlink", "rcu.assign"}:
            continue
        rest = events[at + 1 :]
        waited = tuple(one for one in rest if _waits_for(one, event))
        gone = next((one for one in rest if one.statement == FREE and _is_it(one, event)), None)
        first = rest.index(waited[0]) if waited else len(rest)
        early = gone is not None and rest.index(gone) < first and bool(waited)
        if gone is not None and not early:
            waited = tuple(one for one in waited if rest.index(one) < rest.index(gone))
        linked = None  # where it was given up while readers could find it still
        if gone is None:
            linked = next(
                (one for one in events[:at] if one.statement == FREE and _is_it(one, event)), None
            )
        until = len(rest) if gone is None else rest.index(gone)
        again = _is_kept(event) or any(_is_again(one, event) for one in rest[:until])
        yield _Update(event, waited, gone or linked, early, again, linked is not None)


def _is_kept(unlink: Event) -> bool:
    """True if a pointer is set to what it led to."""
    assert unlink.place is not None
    return unlink.value.text == f"{unlink.place.base}->{unlink.place.member}"


def _is_again(event: Event, unlink: Event) -> bool:
    """True if a link that was taken away is made again, or a pointer is set once more."""
    place = unlink.place
    if event.does is not Does.ACCESS or not event.writes or event.place is None or place is None:
        return False
    if event.place.base != place.base or not event.place.same(place):
        return False
    return "rcu.unlink" not in concepts(event.name) and event.value.truth is not False


def _waits_for(event: Event, unlink: Event) -> bool:
    """True of a wait for all readers, and of one behind which that object is given up.

    What ``call_rcu()`` has done behind a grace period concerns the object that it is given.
    """
    if event.statement != WAIT or not waits(event.name):
        return False  # others' grace periods are full barriers to the paths, and no more here
    return waits_itself(event.name) or _is_it(event, unlink)


def _is_it(free: Event, unlink: Event) -> bool:
    """True if what is freed is what was linked: the entry, or what the pointer led to."""
    assert unlink.place is not None
    pointed = f"{unlink.place.base}->{unlink.place.member}"
    for text in free.value.text.split("\n"):
        inside = _REF.fullmatch(text)
        base = inside[1] if inside is not None else text
        if base and base in (unlink.place.base, pointed):
            return True
    return False


def _asked(
    updates: list[_Update], own: list[Reader], callers: tuple[Reader, ...], place: Place
) -> GraceModel:
    """What the memory model says of each path beside each reader."""
    unsure = GraceModel(Answer.UNKNOWN, "what the wait excludes could not be told", place=place)
    shown: GraceModel | None = None
    for update in updates:
        for reader in own:
            program = _litmus(update, reader)
            if possible(program.text):
                ends = (update.unlink, update.gone or update.unlink, reader.look)
                why = f"a reader in {reader.function}() can still be at {place}"
                return GraceModel(
                    Answer.ALLOWS, why, program, (), ends, reader, callers, place,
                    gone=update.gone, linked=update.linked, partly=any(map(_in_time, updates)),
                )  # fmt: skip
            if not never(program.text) or not update.waits:
                return unsure
            lesser = (
                _litmus(replace(update, waits=update.waits[1:]), reader),
                _litmus(update, replace(reader, enter=None)),
            )
            if not all(possible(one.text) for one in lesser):
                return replace(unsure, why="no single wait is what keeps readers away")
            steps = (update.unlink, update.waits[0], *_entered(reader))
            shown = shown or GraceModel(
                Answer.EXCLUDES, f"reader in {reader.function}() that found {place}", program,
                lesser, steps, reader, callers, place, gone=update.gone,
            )  # fmt: skip
    return shown or unsure


def _in_time(update: _Update) -> bool:
    return bool(update.waits) and not update.before and not update.linked


def _entered(reader: Reader) -> tuple[Event, ...]:
    return (reader.enter,) if reader.enter is not None else ()


def _litmus(update: _Update, reader: Reader) -> Litmus:
    """One path of the updater beside one reader."""
    assert update.unlink.place is not None
    stem = re.sub(r"\W+", "_", update.unlink.place.member).strip("_")
    link = stem if re.fullmatch(r"(?!int\b|r\d|P\d|object\b)[a-z]\w*", stem) else f"v_{stem}"
    gone = _line("WRITE_ONCE(*object, 1);", update.gone or _last(update), _said(update))
    waits = [_line(WAIT, one, one.name) for one in update.waits]
    unlink = _line(f"WRITE_ONCE(*{link}, 0);", update.unlink, update.unlink.name)
    steps = [gone, *waits] if update.before else [*waits, gone]
    steps = [gone, unlink] if update.linked else [unlink, *steps]
    enter, leave = (
        ([_line("rcu_read_lock();", reader.enter, reader.enter.name)], ["\trcu_read_unlock();"])
        if reader.enter is not None
        else ([], [])
    )
    if reader.leave is not None and leave:
        leave = [_line("rcu_read_unlock();", reader.leave, reader.leave.name)]
    lines = [
        "C grace",
        f"{{ {link}=1; object=0; }}",
        "",
        f"P0(int *{link}, int *object)",
        "{",
        *steps,
        "}",
        "",
        f"P1(int *{link}, int *object)",
        "{",
        f"\tint r0 = {UNSET};",
        f"\tint r1 = {UNSET};",
        *enter,
        _line(f"r0 = rcu_dereference(*{link});", reader.look, reader.look.name),
        _line("r1 = READ_ONCE(*object);", reader.leave or reader.look, "all that it looks at"),
        *leave,
        "}",
        "",
        "exists (1:r0=1 /\\ 1:r1=1)",
        "",
    ]
    return Litmus("grace", "\n".join(lines))


def _last(update: _Update) -> Event:
    return update.waits[-1] if update.waits else update.unlink


def _said(update: _Update) -> str:
    if update.gone is not None:
        return update.gone.name
    last = _last(update)
    if last.statement == WAIT and not waits_itself(last.name):
        return f"what {last.name}() has done"
    return "all that is done behind it"


def _line(text: str, event: Event, said: str) -> str:
    pad = " " * max(1, 40 - len(text))
    return f"\t{text}{pad}// {event.path}:{event.line}, {said}"
