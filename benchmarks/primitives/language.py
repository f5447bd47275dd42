"""Draws small programs: each statement as text for the simulator, and as steps for the machine."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

VARIABLES = ("x", "y")
COUNT, BITS, SEQUENCE, DONE = "c", "b", "q", "d.done"
PLACES = (*VARIABLES, COUNT, BITS, SEQUENCE, DONE)
INITIAL = (0, 0, 2, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """What one CPU does at once.

    ``op`` on ``place`` (a location, a lock, or a domain of readers), with a number. ``reg`` gets
    the result. With ``when``, the step is left out where that register is 0.
    """

    op: str
    place: str = ""
    value: int = 0
    reg: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A line of the program and its steps."""

    text: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Lock:
    """One way to hold a lock: statements around a section.

    ``take`` and ``drop`` are the machine's words; ``reader``: the section is an RCU reader's too.
    ``attempt`` is the statement that tries, with its word; ``halfway`` what lets readers in.
    """

    name: str
    enter: str
    leave: str
    take: str = "take"
    drop: str = "drop"
    reader: bool = False
    attempt: str = ""
    attempts: str = "try"
    halfway: str = ""


LOCKS = (
    Lock("m", "mutex_lock(m);", "mutex_unlock(m);", attempt="mutex_trylock(m)"),
    Lock(
        "s",
        "down_read(s);",
        "up_read(s);",
        "share",
        "unshare",
        attempt="down_read_trylock(s)",
        attempts="try-share",
    ),
    Lock("s", "down_write(s);", "up_write(s);", attempt="down_write_trylock(s)"),
    Lock("s", "down_write(s);", "up_read(s);", drop="unshare", halfway="downgrade_write(s);"),
    Lock("l", "read_lock(l);", "read_unlock(l);", "share", "unshare", reader=True),
    Lock("l", "write_lock(l);", "write_unlock(l);", reader=True),
    Lock("w", "bit_spin_lock(1, w);", "bit_spin_unlock(1, w);", reader=True),
    Lock("e", "down(e);", "up(e);"),
    Lock("f", "folio_lock(f);", "folio_unlock(f);", attempt="folio_trylock(f)"),
    Lock("p", "percpu_down_read(p);", "percpu_up_read(p);", "share", "unshare"),
    Lock("p", "percpu_down_write(p);", "percpu_up_write(p);"),
    Lock(
        "k",
        "spin_lock(k);",
        "spin_unlock(k);",
        drop="drop-later",
        reader=True,
        attempt="spin_trylock(k)",
        attempts="try-look",
    ),
)

PARAMETERS = (
    "int *x, int *y, refcount_t *c, unsigned long *b, seqcount_t *q, struct completion *d, "
    "struct mutex *m, struct rw_semaphore *s, rwlock_t *l, unsigned long *w, "
    "struct semaphore *e, struct folio *f, struct percpu_rw_semaphore *p, spinlock_t *k, "
    "struct srcu_struct *u"
)


class _Names:
    """Registers of one thread, numbered as they come."""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return f"r{self.count}"


def _read(rng: random.Random, names: _Names) -> Statement:
    place, reg = rng.choice(VARIABLES), names.new()
    return Statement(f"{reg} = READ_ONCE(*{place});", (Step("read", place, reg=reg),))


def _write(rng: random.Random, names: _Names) -> Statement:
    place, value = rng.choice(VARIABLES), rng.randint(1, 2)
    return Statement(f"WRITE_ONCE(*{place}, {value});", (Step("write", place, value),))


_COUNTING = (
    ("refcount_dec_and_test", "dec-and-test"),
    ("refcount_inc_not_zero", "inc-not-zero"),
    ("refcount_dec_not_one", "dec-not-one"),
)
_BITS = (
    ("test_and_set_bit", "set"),
    ("test_and_clear_bit", "clear"),
    ("test_and_change_bit", "change"),
    ("test_bit", "read"),
    ("test_and_set_bit_lock", "set-unless-set"),
)


def _count(rng: random.Random, names: _Names) -> Statement:
    (name, op), reg = rng.choice(_COUNTING), names.new()
    return Statement(f"{reg} = {name}(c);", (Step(op, COUNT, reg=reg),))


def _bit(rng: random.Random, names: _Names) -> Statement:
    (name, op), reg = rng.choice(_BITS), names.new()
    return Statement(f"{reg} = {name}(0, b);", (Step(op, BITS, 1, reg=reg),))


def _exchange(rng: random.Random, names: _Names) -> Statement:
    place, value, reg = rng.choice(VARIABLES), rng.randint(1, 2), names.new()
    order = rng.choice(("", "_relaxed", "_acquire", "_release"))
    return Statement(f"{reg} = xchg{order}({place}, {value});", (Step("xchg", place, value, reg),))


def _compare(rng: random.Random, names: _Names) -> Statement:
    place, reg = rng.choice(VARIABLES), names.new()
    old, new = rng.randint(0, 1), rng.randint(1, 2)
    text = f"o{reg[1:]} = {old}; {reg} = try_cmpxchg({place}, &o{reg[1:]}, {new});"
    return Statement(text, (Step("cmpxchg", place, old * 10 + new, reg),))


def _fence(rng: random.Random, names: _Names) -> Statement:
    return Statement("smp_mb();", (Step("fence"),))


_ACCESSES: tuple[tuple[int, Callable[[random.Random, _Names], Statement]], ...] = (
    (6, _read),
    (6, _write),
    (2, _count),
    (2, _bit),
    (1, _exchange),
    (2, _compare),
    (1, _fence),
)


def _access(rng: random.Random, names: _Names) -> Statement:
    weights = [weight for weight, _ in _ACCESSES]
    return rng.choices([draw for _, draw in _ACCESSES], weights)[0](rng, names)


def _several(rng: random.Random, names: _Names, most: int) -> list[Statement]:
    return [_access(rng, names) for _ in range(rng.randint(1, most))]


def _locked(rng: random.Random, names: _Names) -> list[Statement]:
    lock = rng.choice(LOCKS)
    if lock.attempt and rng.randrange(3) == 0:
        return _tried(rng, names, lock)
    begin = [Step(lock.take, lock.name)]
    end = [Step(lock.drop, lock.name)]
    if lock.reader:
        begin.append(Step("enter", "rcu"))
        end.append(Step("leave", "rcu"))
    inside = _several(rng, names, 3)
    if lock.halfway:
        step = Step("downgrade", lock.name)
        inside.insert(rng.randint(0, len(inside)), Statement(lock.halfway, (step,)))
    return [Statement(lock.enter, tuple(begin)), *inside, Statement(lock.leave, tuple(end))]


def _tried(rng: random.Random, names: _Names, lock: Lock) -> list[Statement]:
    """A lock that is tried; what is inside is done whether it was taken or not."""
    reg = names.new()
    begin = [Step(lock.attempts, lock.name, reg=reg)]
    end = [Step(lock.drop, lock.name, when=reg)]
    if lock.reader:
        begin.append(Step("enter", "rcu", when=reg))
        end.append(Step("leave", "rcu", when=reg))
    inside = _several(rng, names, 2)
    return [
        Statement(f"{reg} = {lock.attempt};", tuple(begin)),
        *inside,
        Statement(f"if ({reg}) {lock.leave}", tuple(end)),
    ]


def _section(rng: random.Random, names: _Names) -> list[Statement]:
    inside = _several(rng, names, 3)
    if rng.randrange(2):
        begin = Statement("rcu_read_lock();", (Step("enter", "rcu"),))
        return [begin, *inside, Statement("rcu_read_unlock();", (Step("leave", "rcu"),))]
    begin = Statement("i = srcu_read_lock(u);", (Step("enter", "srcu"),))
    return [begin, *inside, Statement("srcu_read_unlock(u, i);", (Step("leave", "srcu"),))]


def _grace(rng: random.Random, names: _Names) -> list[Statement]:
    steps = _several(rng, names, 3)
    wait = Statement("synchronize_rcu();", (Step("sync", "rcu"),))
    if rng.randrange(3) == 0:
        wait = Statement("synchronize_srcu(u);", (Step("sync", "srcu"),))
    steps.insert(rng.randint(0, len(steps)), wait)
    return steps


def _add(place: str, value: int) -> tuple[Step, ...]:
    """A load, and a store of what it saw and a number."""
    return Step("look", place), Step("add-store", place, value)


def _sequence(rng: random.Random, names: _Names) -> list[Statement]:
    inside = _several(rng, names, 2)
    if rng.randrange(2):
        begin = Statement("raw_write_seqcount_begin(q);", _add(SEQUENCE, 1))
        return [begin, *inside, Statement("raw_write_seqcount_end(q);", _add(SEQUENCE, 1))]
    seen, again = names.new(), names.new()
    begin = Statement(f"{seen} = raw_read_seqcount(q);", (Step("read", SEQUENCE, reg=seen),))
    retry = f"{again} = read_seqcount_retry(q, {seen});"
    return [begin, *inside, Statement(retry, (Step("differs", SEQUENCE, reg=again, when=seen),))]


def _completion(rng: random.Random, names: _Names) -> list[Statement]:
    steps = _several(rng, names, 2)
    take, drop = Step("take", "d.lock"), Step("drop-later", "d.lock")
    if rng.randrange(2):
        done = Statement("complete(d);", (take, *_add(DONE, 1), drop))
        return [*steps, done]
    left = (Step("await-positive", DONE), *_add(DONE, -1))
    return [Statement("wait_for_completion(d);", (take, *left, drop)), *steps]


def _wait(rng: random.Random, names: _Names) -> list[Statement]:
    place, value = rng.choice(VARIABLES), rng.randint(1, 2)
    order = rng.choice(("acquire", "relaxed"))
    text = f"smp_cond_load_{order}({place}, VAL == {value});"
    wait = Statement(text, (Step("await", place, value),))
    return [wait, *_several(rng, names, 2)]


def _plain(rng: random.Random, names: _Names) -> list[Statement]:
    return _several(rng, names, 4)


_SHAPES = (
    (5, _locked),
    (2, _section),
    (2, _grace),
    (1, _sequence),
    (1, _completion),
    (1, _wait),
    (1, _plain),
)


def program(seed: str) -> list[list[Statement]]:
    """Two or three threads of a few statements, the same for the same seed."""
    rng = random.Random(seed)
    threads = []
    for _ in range(rng.choice((2, 2, 2, 3))):
        names = _Names()
        shape = rng.choices([draw for _, draw in _SHAPES], [weight for weight, _ in _SHAPES])[0]
        steps = shape(rng, names)
        if rng.randrange(3) == 0:
            steps.append(_access(rng, names))
        threads.append(steps)
    return threads


def registers(thread: list[Statement]) -> list[str]:
    """Every register that the thread sets, in order."""
    return [step.reg for statement in thread for step in statement.steps if step.reg]


def litmus(threads: list[list[Statement]]) -> str:
    """The program as text, asking for every register and location."""
    lines = ["C random", "{ c=2; e=1; }"]
    asked = list(PLACES)
    for number, statements in enumerate(threads):
        regs = registers(statements)
        asked += [f"{number}:{reg}" for reg in regs]
        lines += [f"P{number}({PARAMETERS})", "{", "\tint i;"]
        lines += [f"\tint {reg}; int o{reg[1:]};" for reg in regs]
        lines += [f"\t{statement.text}" for statement in statements]
        lines.append("}")
    lines += [f"locations [{' '.join(f'{name};' for name in asked)}]", "exists (x=99)"]
    return "\n".join(lines) + "\n"


def shorter(threads: list[list[Statement]]) -> list[list[list[Statement]]]:
    """The program with one access left out, each in turn; what opens and closes stays."""
    found = []
    for number, statements in enumerate(threads):
        for at, statement in enumerate(statements):
            if all(step.op in _REMOVABLE for step in statement.steps):
                fewer = [*threads]
                fewer[number] = [*statements[:at], *statements[at + 1 :]]
                if fewer[number]:
                    found.append(fewer)
    return found


_REMOVABLE = frozenset(
    ("read", "write", "dec-and-test", "inc-not-zero", "dec-not-one", "set", "clear", "change")
) | frozenset(("set-unless-set", "xchg", "cmpxchg", "fence"))
