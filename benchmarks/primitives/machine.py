"""Every final state of a program, by trying every step of every CPU in every order.

Memory is one array of values. Under ``tso`` each CPU has a queue of stores that reach memory later,
in order; atomic operations, barriers and grace periods need it empty. A lock is who holds it, and a
grace period is a wait for the readers that were there when it began, whose stores have then reached
memory too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.primitives.language import INITIAL, PLACES, Statement, Step, registers

LIMIT = 60_000
_AT = {place: index for index, place in enumerate(PLACES)}

Final = frozenset[tuple[str, int]]


class Queued(NamedTuple):
    """A store on its way to memory; or the end of a section, or of a lock's holding, behind the
    stores that were made in it."""

    kind: str
    place: str
    value: int = 0


class Cpu(NamedTuple):
    """Position, queue, results so far, the sections that a grace period still waits for, and what
    the last look saw."""

    at: int = 0
    queue: tuple[Queued, ...] = ()
    regs: tuple[int, ...] = ()
    waits: frozenset[tuple[int, str, int]] | None = None
    held: int = 0


class World(NamedTuple):
    """``holders`` are pairs of lock and CPU, ``sharers`` too, of locks held by readers.
    ``sections`` are the readers inside: CPU, domain, position of the step that entered."""

    memory: tuple[int, ...]
    cpus: tuple[Cpu, ...]
    holders: frozenset[tuple[str, int]] = frozenset()
    sharers: frozenset[tuple[str, int]] = frozenset()
    sections: frozenset[tuple[int, str, int]] = frozenset()


class Machine:
    """One program on a machine with store queues or without."""

    def __init__(self, threads: list[list[Statement]], *, queues: bool) -> None:
        self.queues = queues
        self.steps = [[step for one in thread for step in one.steps] for thread in threads]
        self.names = [registers(thread) for thread in threads]

    def final_states(self) -> set[Final] | None:
        """All of them; None for a program with more than LIMIT states."""
        first = World(INITIAL, tuple(Cpu() for _ in self.steps))
        seen, work = {first}, [first]
        finals: set[Final] = set()
        while work:
            world = work.pop()
            if all(
                cpu.at == len(steps) and not cpu.queue
                for cpu, steps in zip(world.cpus, self.steps, strict=True)
            ):
                finals.add(self._final(world))
            for after in self._successors(world):
                if after not in seen:
                    if len(seen) > LIMIT:
                        return None
                    seen.add(after)
                    work.append(after)
        return finals

    def _final(self, world: World) -> Final:
        pairs = list(zip(PLACES, world.memory, strict=True))
        for number, (names, cpu) in enumerate(zip(self.names, world.cpus, strict=True)):
            pairs += [(f"{number}:{n}", value) for n, value in zip(names, cpu.regs, strict=True)]
        return frozenset(pairs)

    def _successors(self, world: World) -> Iterator[World]:
        for number, cpu in enumerate(world.cpus):
            if cpu.queue:
                yield self._drain(world, number, cpu)
            if cpu.at < len(self.steps[number]):
                yield from self._step(world, number, cpu, self.steps[number][cpu.at])

    # -- what hardware does by itself

    def _drain(self, world: World, number: int, cpu: Cpu) -> World:
        first = cpu.queue[0]
        world = _put(world, number, cpu._replace(queue=cpu.queue[1:]))
        return self._arrive(world, number, first)

    def _arrive(self, world: World, number: int, queued: Queued) -> World:
        if queued.kind == "store":
            return _stored(world, queued.place, queued.value)
        if queued.kind == "free":
            return world._replace(holders=world.holders - {(queued.place, number)})
        section = (number, queued.place, queued.value)
        return world._replace(sections=world.sections - {section})

    def _send(self, world: World, number: int, queued: Queued) -> World:
        if not self.queues:
            return self._arrive(world, number, queued)
        cpu = world.cpus[number]
        return _put(world, number, cpu._replace(queue=(*cpu.queue, queued)))

    # -- what the program does

    def _step(self, world: World, number: int, cpu: Cpu, step: Step) -> Iterator[World]:
        names = self.names[number]
        if step.when and step.op != "differs" and not cpu.regs[names.index(step.when)]:
            yield _put(world, number, cpu._replace(at=cpu.at + 1))
            return
        gone = _put(world, number, cpu._replace(at=cpu.at + 1))
        seen = self._view(world, number, step.place)
        match step.op:
            case "read":
                yield _result(gone, number, seen)
            case "write":
                yield self._send(gone, number, Queued("store", step.place, step.value))
            case "look":
                yield _put(gone, number, gone.cpus[number]._replace(held=seen))
            case "add-store":
                gone = _put(gone, number, gone.cpus[number]._replace(held=0))
                yield self._send(gone, number, Queued("store", step.place, cpu.held + step.value))
            case "differs":
                yield _result(gone, number, int(seen != cpu.regs[names.index(step.when)]))
            case "await" | "await-positive" | "fence":
                met = {"await": seen == step.value, "await-positive": seen > 0}
                if met.get(step.op, not cpu.queue):
                    yield gone
            case "enter":
                section = (number, step.place, cpu.at)
                yield gone._replace(sections=world.sections | {section})
            case "leave":
                entered = max(
                    at
                    for cpu_number, domain, at in world.sections
                    if cpu_number == number and domain == step.place
                )
                yield self._send(gone, number, Queued("leave", step.place, entered))
            case "sync":
                yield from self._sync(world, number, cpu, step)
            case "take" | "share" | "try" | "try-share" | "try-look":
                yield from self._take(world, gone, number, step)
            case "drop" | "downgrade" | "unshare" | "drop-later":
                yield from self._drop(world, gone, number, step)
            case _:
                yield from self._atomic(world, gone, number, step, seen)

    def _view(self, world: World, number: int, place: str) -> int:
        """What a load of this CPU sees: its own queued stores first."""
        if place not in _AT:
            return 0
        for queued in reversed(world.cpus[number].queue):
            if queued.kind == "store" and queued.place == place:
                return queued.value
        return world.memory[_AT[place]]

    def _sync(self, world: World, number: int, cpu: Cpu, step: Step) -> Iterator[World]:
        if cpu.queue:
            return
        if cpu.waits is None:
            readers = frozenset(one for one in world.sections if one[1] == step.place)
            yield _put(world, number, cpu._replace(waits=readers))
        elif not cpu.waits & world.sections:
            yield _put(world, number, cpu._replace(at=cpu.at + 1, waits=None))

    def _take(self, world: World, gone: World, number: int, step: Step) -> Iterator[World]:
        cpu = world.cpus[number]
        own = (step.place, number)
        # A lock that this CPU has dropped, but whose store is still queued, looks free to it.
        leaving = any(one.kind == "free" and one.place == step.place for one in cpu.queue)
        held = any(name == step.place for name, _ in world.holders) and not leaving
        shared = any(name == step.place for name, _ in world.sharers)
        tries = step.op.startswith("try")
        sharing = step.op in ("share", "try-share")
        busy = held if sharing else held or shared
        if busy and tries:
            # An exchange that fails is a full barrier on x86; a look is none.
            if step.op != "try" or not cpu.queue:
                yield _result(gone, number, 0)
        elif not busy and not cpu.queue:
            if sharing:
                taken = gone._replace(sharers=world.sharers | {own})
            else:
                taken = gone._replace(holders=world.holders | {own})
            yield _result(taken, number, 1) if tries else taken

    def _drop(self, world: World, gone: World, number: int, step: Step) -> Iterator[World]:
        own = (step.place, number)
        if step.op == "drop-later":
            yield self._send(gone, number, Queued("free", step.place))
        elif not world.cpus[number].queue:
            if step.op == "unshare":
                yield gone._replace(sharers=world.sharers - {own})
                return
            gone = gone._replace(holders=world.holders - {own})
            yield gone if step.op == "drop" else gone._replace(sharers=world.sharers | {own})

    def _atomic(
        self, world: World, gone: World, number: int, step: Step, seen: int
    ) -> Iterator[World]:
        """An operation that reads and writes at once; some first look whether they need to."""
        cpu = world.cpus[number]
        looked = {"inc-not-zero": seen == 0, "dec-not-one": seen == 1, "set-unless-set": seen & 1}
        if looked.get(step.op):
            yield _result(gone, number, {"set-unless-set": 1}.get(step.op, 0))
            return
        if cpu.queue:
            return
        value, result = _changed(step, seen)
        if value is not None:
            gone = _stored(gone, step.place, value)
        yield _result(gone, number, result)


def _changed(step: Step, old: int) -> tuple[int | None, int]:
    """The new value, None for no store, and the result."""
    match step.op:
        case "xchg":
            return step.value, old
        case "dec-and-test":
            return old - 1, int(old == 1)
        case "inc-not-zero":
            return old + 1, 1
        case "dec-not-one":
            return old - 1, 1
        case "set" | "set-unless-set":
            return old | step.value, old & step.value
        case "clear":
            return old & ~step.value, old & step.value
        case "change":
            return old ^ step.value, old & step.value
        case "cmpxchg":
            want, new = divmod(step.value, 10)
            return (new, 1) if old == want else (None, 0)
    raise ValueError(step.op)


def _put(world: World, number: int, cpu: Cpu) -> World:
    return world._replace(cpus=(*world.cpus[:number], cpu, *world.cpus[number + 1 :]))


def _result(world: World, number: int, value: int) -> World:
    cpu = world.cpus[number]
    return _put(world, number, cpu._replace(regs=(*cpu.regs, value)))


def _stored(world: World, place: str, value: int) -> World:
    at = _AT[place]
    return world._replace(memory=(*world.memory[:at], value, *world.memory[at + 1 :]))
