"""One path of a function as thread P0 beside an adversary: a litmus test that is ready to run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reviewer.evidence.models.emit import Litmus
from reviewer.evidence.models.entries.adversaries import Adversary
from reviewer.evidence.models.entries.apart import apart, entry_of
from reviewer.evidence.models.entries.conditions import HALVES
from reviewer.evidence.models.entries.numbers import EXPECTED
from reviewer.evidence.models.entries.operations import (
    BATCH,
    ENTRIES,
    ENTRY_TYPES,
    FLUSH,
    MEMBERS,
    NOTE,
    READS,
    SET,
    VARIABLE,
)
from reviewer.evidence.models.entries.slice import Path
from reviewer.evidence.models.values import Does, Event, Place

ANOTHER = "2"
"""What an entry is set to if that is not known: an entry of another page."""
DOUBT = "doubt"
"""The variable that is set where a call may do anything."""
_SOURCE = re.compile(r" *// \S+:\d+$", re.M)
_EXISTS = re.compile(r"^exists .*", re.M | re.S)
_LOCKS = ("ptl", "pml")
_FLUSHED = "tlb_flush_mmu_tlbonly();"
_ENTER, _LEAVE = "arch_enter_lazy_mmu_mode", "arch_leave_lazy_mmu_mode"
_REGISTER = re.compile(r"\br(\d+)\b")
_PINS = re.compile(r"^folio_ref_add\(@, (\d+)\)")
_COLUMN = 52
_TAB = 8


@dataclass(frozen=True, slots=True)
class Made:
    """A litmus test of one path, and how its lines stand to the source."""

    litmus: Litmus
    objects: tuple[str, ...]
    """Objects of the adversary that the path touches; with ``!`` those that it changes."""
    notes: tuple[str, ...]
    """What was taken for something else, in words."""
    reach: str = ""
    """The question whether a call that may do anything is reached on this path; '' without one."""
    beyond: tuple[str, ...] = ()
    """Changes of entries of the adversary's kinds that it has no name for: of a second one."""
    ended: bool = False
    """True if its callers end a batch of flushes in which it noted a range."""
    folios: tuple[str, ...] = ()
    """How the folio is reached whose count of references is looked at."""

    @property
    def bare(self) -> str:
        """The test without the lines of the source, which a patch moves."""
        return _SOURCE.sub("", self.litmus.text)

    @property
    def through(self) -> str:
        """The question whether the code gets to its end on this path; '' if that is not told."""
        return _EXISTS.sub("exists (0:ok=1)", self.bare) if "\tok = 1;" in self.bare else ""


def made(path: Path, adversary: Adversary) -> Made:
    """The test of one path beside an adversary."""
    writer = _Writer(path, adversary)
    body = writer.body()
    text = adversary.with_code(body, writer.extra())
    reach = _EXISTS.sub(f"exists (0:{DOUBT}=1)", _SOURCE.sub("", text)) if writer.doubtful else ""
    return Made(
        Litmus(adversary.name, text), tuple(writer.touched), tuple(writer.notes), reach,
        tuple(writer.beyond), writer.ended, tuple(writer.folios),
    )  # fmt: skip


@dataclass
class _Writer:
    """Writes the lines of one path; remembers which object has which name."""

    path: Path
    adversary: Adversary
    touched: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    beyond: dict[str, None] = field(default_factory=dict)
    folios: dict[str, None] = field(default_factory=dict)
    doubtful: bool = False
    ended: bool = False
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _kept: dict[int, str] = field(default_factory=dict)
    _held: list[str] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)
    _changed: dict[str, dict[str, None]] = field(default_factory=dict)
    """By kind, how the entries are reached that the path changes."""
    _noted: dict[str, Event] = field(default_factory=dict)
    """By batch, where a range was noted in it that is not flushed yet."""
    _taken: int = 1
    """What a reference that was taken counts for: more, if it was made a pin."""
    _unknown: bool = False
    """True if what the statement just made leaves of an entry, or of which one, is not known."""

    def __post_init__(self) -> None:
        for event in self.path.events:
            if event.place is None or event.place.base.startswith(VARIABLE):
                continue  # an entry of the function's own, in no page table
            if _kind(event.place) in ENTRIES and _changes(event):
                reached = self._changed.setdefault(_kind(event.place), {})
                reached[self._entry(event.place)] = None

    def body(self) -> list[str]:
        lines: list[str] = []
        depth = 1
        for event in self.path.events:
            if event.does is Does.BRANCH:
                test = _plain(self._known(event.value.exact))
                if test:
                    lines.append(_line(f"if ({test}) {{", event, depth))
                    depth += 1
                continue
            if event.does is Does.OPAQUE:
                if event.kinds and event.kinds.isdisjoint(self.adversary.touches):
                    continue
                self.doubtful = True
                lines.append(_line(f"{DOUBT} = 1;", event, depth))
                continue
            batch = event.place is not None and event.place.owner == BATCH
            text = self._batched(event) if batch else self._statement(event)
            if text:
                lines.append(_line(text, event, depth))
            if self._unknown:
                self._unknown = False
                self.doubtful = True  # whether it may be written through decides
                lines.append(_line(f"{DOUBT} = 1;", event, depth))
        lines += [f"{_tabs(depth)}spin_unlock({name});" for name in reversed(self._held)]
        if self._may_note():
            self.doubtful = True
            lines.append(f"{_tabs(depth)}{DOUBT} = 1;")
        # A batch that is not the function's own is its callers', who end it: asm-generic/tlb.h.
        left = [noted for batch, noted in self._noted.items() if not batch.startswith(VARIABLE)]
        lines += [_line(_FLUSHED, noted, depth) for noted in left]
        self.ended = bool(left)
        lines += [_tabs(depth) + one for one in self._results()]
        lines += [_tabs(depth) + one for one in self.adversary.then]
        lines += [f"{_tabs(depth)}{_LEAVE}();" for _ in range(self._lazy())]
        lines += [_tabs(level) + "}" for level in range(depth - 1, 0, -1)]
        registers = [f"\tint r{new};" for new in range(len(self._kept))]
        registers += [f"\tint {DOUBT};"] * self.doubtful
        return [*registers, *lines]

    def _batched(self, event: Event) -> str:
        """What is done to a batch: one that has a range is flushed."""
        assert event.place is not None
        batch = event.place.base
        if event.statement == SET:
            return ""
        if event.statement == NOTE:
            self._noted.setdefault(batch, event)
            return ""
        noted = self._noted.pop(batch, None)
        return _FLUSHED if event.statement == FLUSH and noted is not None else ""

    def _may_note(self) -> bool:
        """True if a range may be noted by a member that is set, and is by nothing that is known."""
        done = {e.statement for e in self.path.events if e.place and e.place.owner == BATCH}
        return SET in done and NOTE not in done

    def _lazy(self) -> int:
        """How often a batch of flushes is begun and not ended: callers do, when all is through."""
        names = [event.name for event in self.path.events]
        return max(0, names.count(_ENTER) - names.count(_LEAVE))

    def extra(self) -> str:
        """Functions that the code uses and the adversary does not define."""
        return "\n".join(
            text
            for name, text in _EXTRA.items()
            if name in self._used and text.partition("(")[0] not in self.adversary.text
        )

    def _results(self) -> Iterator[str]:
        for name, exact in self.path.results.items():
            if name in self.adversary.wants:
                yield f"{name} = {self._known(exact) or 0};"

    def _statement(self, event: Event) -> str:
        text = event.statement
        name = ""
        pinned = _PINS.search(text)
        self._taken += int(pinned[1]) if pinned else 0
        if event.place is not None:
            kind = _kind(event.place)
            if kind in ENTRIES and event.place.base.startswith(VARIABLE):
                return ""
            name = self._location(event.place)
            changes = kind in ENTRIES and kind in self.adversary.objects and _changes(event)
            if kind in ENTRIES and self._may_be_another(kind, event.place):
                name = ""
                if changes:
                    why = f"line {event.top}: which entry {event.name}() changes is not known"
                    self.notes[why] = None
                    self.touched |= {kind: None, f"{kind}!": None}
                    self._unknown = True
            if not name:
                if changes:
                    self.beyond[f"line {event.top}: {event.name}() changes another {kind}"] = None
                return ""
            self.touched[name] = None
            if kind == "ref" and event.register >= 0:
                self.folios[event.place.base] = None
            if not READS.match(text):
                self.touched[f"{name}!"] = None
            if event.place.member in HALVES:
                self.touched["half"] = None
            if event.does is Does.LOCK:
                if name in self._held:
                    return ""
                self._held.append(name)
            elif event.does is Does.UNLOCK:
                if name not in self._held:
                    return ""
                self._held.remove(name)
            half = event.place.member
            spelled = f"({name} + 1)" if half.endswith("_high") else name
            text = text.replace("@", spelled)
        if "$" in text:
            value = self._known(event.value.exact)
            if not value and event.place is not None and event.place.owner == "ref":
                value = str(self._taken)  # as many as were taken, whatever their number
            elif not value:
                self.notes[f"line {event.top}: what {event.name}() sets is not known"] = None
                self._unknown |= bool(event.value.deps)  # else of no entry that was read
            text = text.replace("$", value or ANOTHER)
        if event.register >= 0:
            new = self._kept.setdefault(event.register, f"r{len(self._kept)}")
            text = f"{new} = {text}"
        return text if text.endswith(";") else f"{text};"

    def _location(self, place: Place) -> str:
        """The adversary's name for an object, '' for one that it has nothing to do with."""
        kind = _kind(place)
        base = "" if place.member in MEMBERS else self._entry(place)
        if kind == "lock":
            told = "ptl" if base.endswith("ptl") else ""
            kind = next((one for one in _LOCKS if (one, base) in self._names), told)
            if not kind:
                return ""
        key = (kind, base)
        known = self._names.get(key)
        if known is None:
            # Entries that are changed come first, in the order of changes: of others all is seen.
            for one in self._changed.get(kind, ()):
                if (kind, one) not in self._names:
                    self._named(kind, one)
            known = self._names.get(key)
        if known is None:
            known = self._named(kind, base)
        return known if known in self.adversary.objects else ""

    def _named(self, kind: str, base: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        count = self._counts[kind]
        name = self._names[kind, base] = kind if count == 1 else f"{kind}_{count}"
        return name

    def _may_be_another(self, kind: str, place: Place) -> bool:
        """True if the path changes an entry of the kind by another name that may be this one."""
        mine = self._entry(place)
        others = (name for name in self._changed.get(kind, ()) if name != mine)
        return any(not apart(name, mine, self.path.pointers) for name in others)

    def _entry(self, place: Place) -> str:
        return entry_of(place.base, self.path.pointers)

    def _known(self, exact: str) -> str:
        """An expression in the thread's own registers, '' if it needs one that was not kept."""
        if not exact or "{" in exact:
            return ""
        if any(int(one) not in self._kept for one in _REGISTER.findall(exact)):
            return ""
        self._used |= {name for name in _EXTRA if name in exact}
        exact = exact.replace(EXPECTED, str(self.adversary.initial.get("ref", 1)))
        return _REGISTER.sub(lambda m: self._kept[int(m[1])], exact)


_EXTRA: Mapping[str, str] = {
    "access_permitted": "int access_permitted(int v) { return pte_present(v) && pte_write(v); }"
}
"""arch/*/include/asm/pgtable.h pte_access_permitted(), asked for writing."""


def _kind(place: Place) -> str:
    """What kind of object a place is; of half an entry, the entry."""
    if place.member in MEMBERS:
        return MEMBERS[place.member]
    return ENTRY_TYPES.get(place.owner, place.owner)


def _changes(event: Event) -> bool:
    return READS.match(event.statement) is None


def _plain(test: str) -> str:
    """A condition without the negations that say nothing."""
    negated = False
    while True:
        bare = test.removeprefix("!")
        if not (bare.startswith("(") and _closes(bare)):
            break
        negated ^= bare != test
        test = bare[1:-1]
    if not negated:
        return test
    if "&&" not in test and "||" not in test:
        for sign, other in ((" == ", " != "), (" != ", " == ")):
            if test.count(sign) == 1:
                return test.replace(sign, other)
    return f"!{test}" if re.fullmatch(r"\w+(?:\([^()]*\))?", test) else f"!({test})"


def _closes(text: str) -> bool:
    """True if the bracket that opens a text ends with it."""
    depth = 0
    for at, one in enumerate(text):
        depth += (one == "(") - (one == ")")
        if depth == 0:
            return at == len(text) - 1
    return False


def _tabs(depth: int) -> str:
    return "\t" * depth


def _line(text: str, event: Event, depth: int) -> str:
    pad = " " * max(1, _COLUMN - len(text) - _TAB * depth)
    return f"{_tabs(depth)}{text}{pad}// {event.path}:{event.line}"
