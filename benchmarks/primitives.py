"""Random small programs of locks, callbacks and references: the simulator against a machine.

``python -m benchmarks.primitives [--programs N] [--seed N]``. Each program is run by the simulator
under ``sc`` and by an interpreter below that shares nothing with it: it knows a lock as who holds
it and a grace period as waiting for readers, and tries every order of steps. The final states must
be the same. Prints how many were compared, how many too large, and every difference.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from reviewer.errors import KstaleError
from reviewer.mmu.api import Budget, load_model, parse_litmus, simulate

VARIABLES = ("x", "y")
LIMIT = 60_000


@dataclass(frozen=True, slots=True)
class Step:
    """One statement: its text, what it does (``op``) and to which lock or variable."""

    text: str
    op: str
    place: str = ""
    value: int = 0
    reg: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """How a lock is taken and dropped: texts, the type, and whether holders share it."""

    kind: str
    take: str
    drop: str
    shared: bool = False
    reader: bool = False
    initial: int = 0


LOCKS = {
    "m": (Lock("struct mutex", "mutex_lock(m);", "mutex_unlock(m);"),),
    "s": (
        Lock("struct rw_semaphore", "down_read(s);", "up_read(s);", shared=True),
        Lock("struct rw_semaphore", "down_write(s);", "up_write(s);"),
        Lock("struct rw_semaphore", "down_write(s); downgrade_write(s);", "up_read(s);"),
    ),
    "l": (
        Lock("rwlock_t", "read_lock(l);", "read_unlock(l);", shared=True, reader=True),
        Lock("rwlock_t", "write_lock(l);", "write_unlock(l);", reader=True),
    ),
    "w": (Lock("unsigned long", "bit_spin_lock(1, w);", "bit_spin_unlock(1, w);", reader=True),),
    "e": (Lock("struct semaphore", "down(e);", "up(e);", initial=1),),
}


@dataclass(frozen=True, slots=True)
class World:
    """Memory, position and registers of each thread, holders of locks, sections and waits."""

    memory: tuple[int, ...]
    at: tuple[int, ...]
    regs: tuple[tuple[int, ...], ...]
    writers: frozenset[str] = frozenset()
    readers: tuple[tuple[str, int], ...] = ()
    sections: tuple[tuple[int, int], ...] = ()
    waits: tuple[frozenset[tuple[int, int]] | None, ...] = ()


PLACES = (*VARIABLES, "c", "b")


def thread(rng: random.Random, number: int) -> list[Step]:
    """A few accesses, in a critical section or with a wait between them."""

    def access(index: int) -> Step:
        reg = f"r{index}"
        place = rng.choice(VARIABLES)
        kind = rng.randrange(9)
        if kind < 3:
            return Step(f"{reg} = READ_ONCE(*{place});", "read", place, reg=reg)
        if kind < 6:
            value = rng.randint(1, 2)
            return Step(f"WRITE_ONCE(*{place}, {value});", "write", place, value)
        if kind == 6:
            name, op = rng.choice(
                (
                    ("refcount_dec_and_test", "dec_and_test"),
                    ("refcount_inc_not_zero", "inc_not_zero"),
                    ("refcount_dec_not_one", "dec_not_one"),
                )
            )
            return Step(f"{reg} = {name}(c);", op, "c", reg=reg)
        if kind == 7:
            name, op = rng.choice(
                (
                    ("test_and_set_bit", "set"),
                    ("test_and_clear_bit", "clear"),
                    ("test_bit", "test"),
                    ("test_and_set_bit_lock", "set"),
                )
            )
            return Step(f"{reg} = {name}(0, b);", op, "b", reg=reg)
        old, new = rng.randint(0, 1), rng.randint(1, 2)
        text = f"o{index} = {old}; {reg} = try_cmpxchg({place}, &o{index}, {new});"
        return Step(text, "cmpxchg", place, old * 10 + new, reg)

    shape = rng.randrange(8)
    count = rng.randint(1, 3)
    steps = [access(index) for index in range(count)]
    if shape < 5:
        name = rng.choice(list(LOCKS))
        how = rng.choice(LOCKS[name])
        mode = "share" if how.shared else "downgrade" if "downgrade" in how.take else "take"
        drop = "unshare" if mode != "take" else "untake"
        section = "+rcu" if how.reader else ""
        begin, end = Step(how.take, mode + section, name), Step(how.drop, drop + section, name)
        steps = [begin, *steps, end]
    elif shape == 5:
        steps = [Step("rcu_read_lock();", "enter"), *steps, Step("rcu_read_unlock();", "leave")]
    elif shape == 6:
        steps.insert(rng.randint(0, len(steps)), Step("synchronize_rcu();", "sync"))
    if rng.randrange(3) == 0:
        steps.append(replace(access(count)))
    return steps


def litmus(threads: list[list[Step]]) -> str:
    """The program as text, asking for every register and variable."""
    kinds = {name: ways[0] for name, ways in LOCKS.items()}
    params = ["int *x", "int *y", "refcount_t *c", "unsigned long *b"]
    params += [f"{how.kind} *{name}" for name, how in kinds.items()]
    lines = ["C random", "{ c=2; e=1; }"]
    asked = list(PLACES)
    for number, steps in enumerate(threads):
        regs = [step.reg for step in steps if step.reg]
        asked += [f"{number}:{reg}" for reg in regs]
        lines += [f"P{number}({', '.join(params)})", "{"]
        lines += [f"\tint {reg}; int o{reg[1:]};" for reg in regs]
        lines += [f"\t{step.text}" for step in steps]
        lines.append("}")
    lines += [f"locations [{' '.join(f'{name};' for name in asked)}]", "exists (x=99)"]
    return "\n".join(lines) + "\n"


def successors(world: World, threads: list[list[Step]]) -> Iterator[World]:
    """Every step that some thread can take now."""
    for number, steps in enumerate(threads):
        if world.at[number] < len(steps):
            yield from _step(world, number, steps[world.at[number]])


def _step(world: World, number: int, step: Step) -> Iterator[World]:
    op, _, section = step.op.partition("+")
    if op == "sync":
        yield from _sync(world, number)
        return
    if op in ("take", "downgrade", "share"):
        held = {name for name, _ in world.readers}
        if step.place in world.writers or (op != "share" and step.place in held):
            return
        after = _next(world, number)
        if op == "take":
            after = replace(after, writers=after.writers | {step.place})
        else:
            after = replace(after, readers=(*after.readers, (step.place, number)))
        yield _enter(after, number) if section else after
        return
    if op in ("untake", "unshare"):
        after = _next(world, number)
        if op == "untake":
            after = replace(after, writers=after.writers - {step.place})
        else:
            left = list(after.readers)
            left.remove((step.place, number))
            after = replace(after, readers=tuple(left))
        yield _leave(after, number) if section else after
        return
    if op in ("enter", "leave"):
        after = _next(world, number)
        yield _enter(after, number) if op == "enter" else _leave(after, number)
        return
    place = PLACES.index(step.place)
    old = world.memory[place]
    value, result = _access(op, old, step.value)
    memory = list(world.memory)
    memory[place] = value
    after = replace(_next(world, number), memory=tuple(memory))
    if result is not None:
        regs = list(after.regs)
        regs[number] = (*regs[number], result)
        after = replace(after, regs=tuple(regs))
    yield after


def _access(op: str, old: int, value: int) -> tuple[int, int | None]:
    """The new value of the location, and the result."""
    match op:
        case "read":
            return old, old
        case "write":
            return value, None
        case "dec_and_test":
            return old - 1, int(old == 1)
        case "inc_not_zero":
            return (old + 1, 1) if old else (0, 0)
        case "dec_not_one":
            return (old, 0) if old == 1 else (old - 1, 1)
        case "set":
            return old | 1, old & 1
        case "clear":
            return old & ~1, old & 1
        case "test":
            return old, old & 1
        case _:
            want, new = divmod(value, 10)
            return (new, 1) if old == want else (old, 0)


def _sync(world: World, number: int) -> Iterator[World]:
    waits = list(world.waits)
    now = waits[number]
    if now is None:
        waits[number] = frozenset(world.sections)
        yield replace(world, waits=tuple(waits))
    elif not now & frozenset(world.sections):
        waits[number] = None
        yield replace(_next(world, number), waits=tuple(waits))


def _enter(world: World, number: int) -> World:
    return replace(world, sections=(*world.sections, (number, world.at[number])))


def _leave(world: World, number: int) -> World:
    return replace(world, sections=tuple(one for one in world.sections if one[0] != number))


def _next(world: World, number: int) -> World:
    at = list(world.at)
    at[number] += 1
    return replace(world, at=tuple(at))


def operational(threads: list[list[Step]]) -> set[frozenset[tuple[str, int]]] | None:
    """All final states; None for a program with too many states."""
    count = len(threads)
    first = World((0, 0, 2, 0), (0,) * count, ((),) * count, waits=(None,) * count)
    seen, work = {first}, [first]
    finals = set()
    while work:
        world = work.pop()
        if all(at == len(steps) for at, steps in zip(world.at, threads, strict=True)):
            names = [
                f"{number}:{step.reg}"
                for number, steps in enumerate(threads)
                for step in steps
                if step.reg
            ]
            values = [value for regs in world.regs for value in regs]
            pairs = [*zip(names, values, strict=True), *zip(PLACES, world.memory, strict=True)]
            finals.add(frozenset(pairs))
        for after in successors(world, threads):
            if after not in seen:
                if len(seen) > LIMIT:
                    return None
                seen.add(after)
                work.append(after)
    return finals


def axiomatic(text: str) -> set[frozenset[tuple[str, int]]] | None:
    """The simulator's final states; None if it could not list all."""
    budget = Budget(seconds=20, states=4096, state_rounds=100_000)
    found = simulate(parse_litmus(text, "random.litmus"), load_model("sc"), budget)
    if not found.states_complete or found.bounded:
        return None
    return {
        frozenset((str(name), value) for name, value in state if isinstance(value, int))
        for state in found.states
    }


def main(argv: list[str]) -> int:
    """Prints the figures; 1 if there is a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3600.0, help="stop after so long")
    args = parser.parse_args(argv)
    compared = large = different = 0
    start = time.process_time()
    for number in range(args.programs):
        rng = random.Random(f"{args.seed}.{number}")
        threads = [thread(rng, index) for index in range(rng.choice((2, 2, 2, 3)))]
        text = litmus(threads)
        expected = operational(threads)
        try:
            found = None if expected is None else axiomatic(text)
        except KstaleError as error:
            print(f"program {number}: {error}\n{text}")
            found = None
        if found is None or expected is None:
            large += 1
        else:
            compared += 1
            if found != expected:
                different += 1
                print(f"program {number}: missing {[sorted(s) for s in expected - found][:2]}")
                print(f"extra {[sorted(s) for s in found - expected][:2]}\n{text}")
        if time.process_time() - start > args.seconds:
            break
    spent = time.process_time() - start
    print(f"seed {args.seed}: {compared} compared, {different} differ, {large} not; {spent:.0f} s")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
