"""What a TLB flush in the code does to lockless walkers, and what the code builds on that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import (
    sentence_of as sentence_of,  # noqa: PLC0414 - rules of flushes ask for it here
)
from reviewer.data import data_folder
from reviewer.judging.gup import Recheck, walker
from reviewer.judging.machines import spoken_of
from reviewer.judging.scenario import Judged, judge, load
from reviewer.judging.slicing import Slice, slice_of
from reviewer.mmu.machine import Machine
from reviewer.source.model import CodeFacts, Function, Operation
from reviewer.verdict import Location
from reviewer.world import World

_FLUSHLIKE = ("flush", "tlb", "shootdown", "invalidate")


@dataclass(frozen=True, slots=True)
class Flushing:
    """The code around a claim about a flush."""

    function: Function
    facts: CodeFacts
    start: int
    """Byte from which the claim's code runs: its comment, or the function's body."""

    def slice(self, *, entry: str = "pte", until: str = "") -> Slice:
        """The slice of the code on one entry."""
        return slice_of(self.facts, self.start, entry=entry, until=until)

    @property
    def flushes(self) -> tuple[Operation, ...]:
        """Flushes of user translations after the claim, in any branch."""
        return tuple(
            op
            for op in self.facts.having("tlb.flush")
            if op.start_byte >= self.start and "tlb.flush.kernel" not in op.concepts
        )

    @property
    def checks(self) -> tuple[Operation, ...]:
        """Looks at a reference count after the claim, in any branch."""
        looks = self.facts.having("ref.read") + self.facts.having("ref.freeze")
        return tuple(op for op in looks if op.start_byte >= self.start)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Callees that could not be looked through and that may flush, by their names."""
        return tuple(
            name for name in self.facts.unknown if any(word in name for word in _FLUSHLIKE)
        )

    @property
    def place(self) -> Location:
        """The function."""
        return Location(self.facts.path, self.function.start_line, f"{self.function.name}()")


def flushing(world: World, claim: Claim) -> Flushing | None:
    """The code that a claim about a flush speaks of; None if it stands in no function."""
    function = world.function(claim)
    if function is None or function.has_error:
        return None
    facts = world.function_facts(function)
    inside = function.body_start <= claim.comment.start_byte < function.body_end
    start = claim.comment.start_byte if inside else function.body_start
    return Flushing(function, facts, start)


def gup_machines(world: World, claim: Claim) -> tuple[Machine, ...]:
    """Machines that the claim speaks of and that have a lockless walker."""
    return tuple(one for one in spoken_of(world, claim) if one.gup_fast)


@dataclass(frozen=True, slots=True)
class Consequence:
    """Whether what the code does after the flush is safe although walkers may still run."""

    judged: Judged | None
    why: str
    """Why it is safe, or why it fails, or why it was not judged."""
    locations: tuple[Location, ...] = ()


def consequence(world: World, code: Flushing, machines: tuple[Machine, ...]) -> Consequence:
    """Judge the reference check that follows the flush, against GUP-fast as this tree has it.

    ``judged`` is None where there is no such check or GUP-fast's code is not there to read.
    """
    upper = code.slice().upper
    level = "pmd" if upper else "pte"
    part = code.slice(entry=level, until="ref")
    if not part.has("ref.read", "ref.freeze"):
        return Consequence(None, "what the code builds on it was not judged")
    if not part.has("pte.clear"):
        return Consequence(None, "the entry is not cleared here, so its effect was not judged")
    seen = walker(world, level)
    if seen.recheck is Recheck.UNKNOWN:
        return Consequence(None, "GUP-fast is not in this tree, so its effect was not judged")
    again = seen.recheck is Recheck.YES
    if upper:
        name = "collapse-recheck-sync" if again else "collapse-no-recheck"
        folder = scenarios("tlb")
    else:
        name = "ksm-recheck" if again else "ksm-no-recheck"
        folder = scenarios("refcount")
    judged = judge(load(folder, name).with_code(part.statements), machines)
    if again:
        note = "GUP-fast reads the entry again after it took its reference"
    else:
        note = "GUP-fast takes its reference and does not read the entry again"
    where = Location("mm/gup.c", seen.line, note)
    check = next(op for op in reversed(part.operations) if _checks(op))
    what = Location(code.facts.path, check.line, "references are looked at after the flush")
    why = note
    if again and judged.machines.broken:
        why = f"{note}, but nothing orders clearing it before the look at the count"
    return Consequence(judged, why, (what, where))


def scenarios(family: str) -> Path:
    """The folder of a family of kstale's own rules: other families share its scenarios."""
    return data_folder("rules") / family


def _checks(op: Operation) -> bool:
    return any(concept in ("ref.read", "ref.freeze") for concept in op.concepts)


_EMPTY_SOMEWHERE = ("pte.set", "pte.young")


def certain_flush(op: Operation) -> bool:
    """True if an operation flushes other CPUs' translations on every architecture.

    Setting access flags or clearing the young bit flushes on some only; a flush of what is pending
    need not flush at all.
    """
    if any(concept.startswith(_EMPTY_SOMEWHERE) for concept in op.concepts):
        return False
    if op.name.startswith(("tlb_", "try_to_unmap_flush", "flush_tlb_batched_pending")):
        return False
    return any(
        concept.startswith("tlb.flush") and not concept.startswith(_NOT_AT_ONCE)
        for concept in op.concepts
    )


_NOT_AT_ONCE = ("tlb.flush.local", "tlb.flush.deferred")
