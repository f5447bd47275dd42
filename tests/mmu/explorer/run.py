"""All final states of a small program, by trying every step of every CPU in every order.

Memory is one array of values. Under TSO each CPU has a queue of stores that reach memory in
order, some time later. Each CPU's TLB is a set of translations: any present entry may be added to
it at any time, any member may serve an access, and a flush takes the flushed ones out. A CPU takes
an interrupt between two steps, with interrupts on, and its queue is then empty. A grace period
waits until every reader that was there when it began has left and its stores have reached memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.mmu.explorer.language import (
    CLEAN,
    ENTRIES,
    PAGES,
    VARIABLES,
    Exchange,
    Flush,
    Read,
    Simple,
    Small,
    Step,
    UserRead,
    UserWrite,
    Write,
    registers,
)

PLACES = (*VARIABLES, *ENTRIES, *(f"pages[{page}]" for page in range(PAGES)))
SPINLOCK = "s"
LIMIT = 40_000


class TooLargeError(Exception):
    """More states than LIMIT."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A store on its way: place, value, and the entry whose translation it used. A place of None
    marks the end of a reader's section."""

    place: str | None
    value: int = 0
    through: str | None = None


@dataclass(frozen=True, slots=True)
class Cpu:
    """One CPU. ``entered`` and ``left`` count readers' sections, the latter once their stores have
    reached memory. ``waits``: the CPUs that the current step still waits for, each with the number
    of sections it must have left; None if the step has not begun. ``dirtied``: the store of an
    instruction that has made its entry dirty and is not over (an interrupt may come between)."""

    at: int = 0
    queue: tuple[Queued, ...] = ()
    tlb: frozenset[tuple[str, int]] = frozenset()
    irq_off: bool = False
    entered: int = 0
    left: int = 0
    waits: frozenset[tuple[int, int]] | None = None
    dirtied: Queued | None = None
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """Memory, the CPUs, and who holds the spinlock (-1: nobody)."""

    memory: tuple[int, ...]
    cpus: tuple[Cpu, ...]
    holder: int = -1


Final = frozenset[tuple[str, int]]


def final_states(program: Small, *, tso: bool, flush_interrupts: bool) -> set[Final]:
    """Every final state, as the names and values the litmus text asks for.

    Raises TooLargeError.
    """
    return _Explorer(program, tso, flush_interrupts).explore()


class _Explorer:
    def __init__(self, program: Small, tso: bool, flush_interrupts: bool) -> None:
        self.program = program
        self.tso = tso
        self.flush_interrupts = flush_interrupts

    def explore(self) -> set[Final]:
        memory = [0] * len(PLACES)
        for name, value in zip(ENTRIES, self.program.entries, strict=True):
            memory[PLACES.index(name)] = value
        first = World(tuple(memory), tuple(Cpu() for _ in self.program.threads))
        seen = {first}
        work = [first]
        finals: set[Final] = set()
        while work:
            world = work.pop()
            if self.done(world):
                finals.add(self.final(world))
                continue
            for after in self.successors(world):
                if after not in seen:
                    if len(seen) > LIMIT:
                        raise TooLargeError
                    seen.add(after)
                    work.append(after)
        return finals

    def done(self, world: World) -> bool:
        return all(
            cpu.at == len(steps) and not cpu.queue
            for cpu, steps in zip(world.cpus, self.program.threads, strict=True)
        )

    def final(self, world: World) -> Final:
        names = [f"{number}:{reg}" for number, reg in registers(self.program)]
        values = [value for cpu in world.cpus for value in cpu.values]
        places = [(place, world.memory[PLACES.index(place)]) for place in PLACES]
        kept = [pair for pair in places if pair[0] != "pages[0]"]
        return frozenset([*zip(names, values, strict=True), *kept])

    def successors(self, world: World) -> Iterator[World]:
        for number, cpu in enumerate(world.cpus):
            if cpu.queue:
                yield self.drain(world, number)
            yield from self.fills(world, number)
            yield from self.attends(world, number)
            if cpu.at < len(self.program.threads[number]):
                yield from self.step(world, number, self.program.threads[number][cpu.at])

    # What hardware does by itself

    def drain(self, world: World, number: int) -> World:
        """The oldest queued store reaches memory, or a section's end passes."""
        cpu = world.cpus[number]
        first, rest = cpu.queue[0], cpu.queue[1:]
        if first.place is None:
            return _with(world, number, replace(cpu, queue=rest, left=cpu.left + 1))
        if first.place == SPINLOCK:
            return replace(_with(world, number, replace(cpu, queue=rest)), holder=-1)
        world = _stored(world, first.place, first.value)
        return _with(world, number, replace(cpu, queue=rest))

    def fills(self, world: World, number: int) -> Iterator[World]:
        """A present entry that this CPU can still use enters its TLB."""
        cpu = world.cpus[number]
        left = self.program.threads[number][cpu.at :]
        for entry in ENTRIES:
            if not any(isinstance(s, UserRead | UserWrite) and s.entry == entry for s in left):
                continue
            for value in {world.memory[PLACES.index(entry)], self.view(world, number, entry)}:
                if value and (entry, value) not in cpu.tlb:
                    yield _with(world, number, replace(cpu, tlb=cpu.tlb | {(entry, value)}))

    def attends(self, world: World, number: int) -> Iterator[World]:
        """This CPU answers a request that another one waits for."""
        for other, waiting in enumerate(world.cpus):
            mine = [pair for pair in waiting.waits or () if pair[0] == number]
            if not mine:
                continue
            step = self.program.threads[other][waiting.at]
            cpu = world.cpus[number]
            interrupts = number != other and (
                step == Simple("ipi") or (isinstance(step, Flush) and self.flush_interrupts)
            )
            if interrupts and (cpu.irq_off or cpu.queue):
                continue
            if step == Simple("sync"):
                if cpu.left < mine[0][1]:
                    continue
            elif isinstance(step, Flush):
                going = [*cpu.queue, cpu.dirtied] if cpu.dirtied else cpu.queue
                if any(_covers(step, one.through) for one in going):
                    continue
                cpu = replace(cpu, tlb=_flushed(cpu.tlb, step))
            after = _with(world, number, cpu)
            left = (waiting.waits or frozenset()) - {mine[0]}
            yield _with(after, other, replace(after.cpus[other], waits=left))

    # What the program does

    def view(self, world: World, number: int, place: str) -> int:
        """What a load of this CPU sees: its own queued stores first."""
        for queued in reversed(world.cpus[number].queue):
            if queued.place == place:
                return queued.value
        return world.memory[PLACES.index(place)]

    def step(self, world: World, number: int, step: Step) -> Iterator[World]:
        cpu = world.cpus[number]
        if cpu.dirtied is not None:
            yield self.store(world, number, cpu.dirtied, replace(_next(cpu, 1), dirtied=None))
            return
        match step:
            case Read(place, _):
                value = self.view(world, number, place)
                yield _with(world, number, _next(cpu, value))
            case Write(place, value):
                yield self.store(world, number, Queued(place, value), _next(cpu))
            case Exchange(place, value, _):
                if not cpu.queue:
                    old = world.memory[PLACES.index(place)]
                    yield _with(_stored(world, place, value), number, _next(cpu, old))
            case UserRead(entry, _):
                for used in self.translations(world, number, entry):
                    page = used & ~CLEAN
                    seen = self.view(world, number, f"pages[{page}]") if page else -1
                    yield _with(world, number, _next(cpu, seen))
            case UserWrite(entry, value, _):
                for used in self.translations(world, number, entry):
                    yield from self.user_write(world, number, (entry, used), value)
            case Flush() | Simple("ipi" | "sync"):
                yield from self.wait(world, number, step)
            case Simple(word):
                yield from self.simple(world, number, word)

    def user_write(
        self, world: World, number: int, translation: tuple[str, int], value: int
    ) -> Iterator[World]:
        cpu = world.cpus[number]
        entry, used = translation
        page = used & ~CLEAN
        if not page:
            yield _with(world, number, _next(cpu, -1))
            return
        queued = Queued(f"pages[{page}]", value, entry)
        if not used & CLEAN:
            yield self.store(world, number, queued, _next(cpu, 1))
        elif self.view(world, number, entry) != used:
            yield _with(world, number, _next(cpu, -1))
        elif not cpu.queue:
            world = _stored(world, entry, page)
            yield _with(world, number, replace(cpu, dirtied=queued))

    def translations(self, world: World, number: int, entry: str) -> set[int]:
        """Values that ``entry`` may be taken for; 0 is a fault, which is always a fresh walk."""
        cached = {page for name, page in world.cpus[number].tlb if name == entry}
        return cached | {self.view(world, number, entry)}

    def store(self, world: World, number: int, queued: Queued, after: Cpu) -> World:
        if not self.tso:
            assert queued.place is not None
            return _with(_stored(world, queued.place, queued.value), number, after)
        return _with(world, number, replace(after, queue=(*after.queue, queued)))

    def wait(self, world: World, number: int, step: Step) -> Iterator[World]:
        """A step that begins with an empty queue and ends when all others have attended; a flush
        drops this CPU's own translations some time in between."""
        cpu = world.cpus[number]
        if cpu.queue:
            return
        if cpu.waits is None:
            others = {(other, one.entered) for other, one in enumerate(world.cpus)}
            if not isinstance(step, Flush):
                others = {pair for pair in others if pair[0] != number}
            yield _with(world, number, replace(cpu, waits=frozenset(others)))
        elif not cpu.waits:
            yield _with(world, number, replace(_next(cpu), waits=None))

    def simple(self, world: World, number: int, word: str) -> Iterator[World]:
        cpu = world.cpus[number]
        if word == "mb":
            if not cpu.queue:
                yield _with(world, number, _next(cpu))
        elif word in ("irq-off", "rcu-lock"):
            after = replace(_next(cpu), irq_off=word == "irq-off", entered=cpu.entered + 1)
            yield _with(world, number, after)
        elif word in ("irq-on", "rcu-unlock"):
            after = replace(_next(cpu), irq_off=False)
            if self.tso:
                after = replace(after, queue=(*cpu.queue, Queued(None)))
            else:
                after = replace(after, left=cpu.left + 1)
            yield _with(world, number, after)
        elif word == "lock":
            if world.holder < 0 and not cpu.queue:
                yield replace(_with(world, number, _next(cpu)), holder=number)
        elif word == "unlock":
            if self.tso:
                queue = (*cpu.queue, Queued(SPINLOCK))
                yield _with(world, number, replace(_next(cpu), queue=queue))
            else:
                yield replace(_with(world, number, _next(cpu)), holder=-1)


def _next(cpu: Cpu, value: int | None = None) -> Cpu:
    values = cpu.values if value is None else (*cpu.values, value)
    return replace(cpu, at=cpu.at + 1, values=values)


def _with(world: World, number: int, cpu: Cpu) -> World:
    cpus = list(world.cpus)
    cpus[number] = cpu
    return replace(world, cpus=tuple(cpus))


def _stored(world: World, place: str, value: int) -> World:
    memory = list(world.memory)
    memory[PLACES.index(place)] = value
    return replace(world, memory=tuple(memory))


def _covers(step: Flush, entry: str | None) -> bool:
    return entry is not None and step.entry in (None, entry)


def _flushed(tlb: frozenset[tuple[str, int]], step: Flush) -> frozenset[tuple[str, int]]:
    return frozenset(pair for pair in tlb if not _covers(step, pair[0]))
