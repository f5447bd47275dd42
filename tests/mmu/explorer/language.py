"""Small programs for the explorer, and the same programs as litmus text for the simulator."""

from __future__ import annotations

from dataclasses import dataclass

VARIABLES = ("x", "y")
ENTRIES = ("p", "q")
PAGES = 3  # pages[0] is never mapped
CLEAN = 32  # flag of an entry: hardware must make it dirty to write through it


@dataclass(frozen=True, slots=True)
class Read:
    """``reg = READ_ONCE(*place)``."""

    place: str
    reg: str


@dataclass(frozen=True, slots=True)
class Write:
    """``WRITE_ONCE(*place, value)``; a place is a variable or an entry."""

    place: str
    value: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """``reg = xchg(place, value)``, fully ordered."""

    place: str
    value: int
    reg: str


@dataclass(frozen=True, slots=True)
class UserRead:
    """A load through the translation in ``entry``; -1 is a fault."""

    entry: str
    reg: str


@dataclass(frozen=True, slots=True)
class UserWrite:
    """A store through the translation in ``entry``; ``reg`` is 1 if done, -1 for a fault. A clean
    entry is made dirty first, if it still is what the translation says."""

    entry: str
    value: int
    reg: str


@dataclass(frozen=True, slots=True)
class Flush:
    """Flush one entry's translations everywhere, or all of them."""

    entry: str | None


@dataclass(frozen=True, slots=True)
class Simple:
    """``mb``, ``ipi``, ``sync`` (RCU), and the ends of sections: ``irq-off``, ``irq-on``,
    ``rcu-lock``, ``rcu-unlock``; ``lock`` and ``unlock`` of the one spinlock."""

    word: str


Step = Read | Write | Exchange | UserRead | UserWrite | Flush | Simple


@dataclass(frozen=True, slots=True)
class Small:
    """Threads of steps, and initial values of the entries (0 elsewhere)."""

    threads: tuple[tuple[Step, ...], ...]
    entries: tuple[int, ...] = (1, 1)


_CALLS = {
    "mb": "smp_mb();",
    "ipi": "smp_call_function();",
    "sync": "synchronize_rcu();",
    "irq-off": "local_irq_disable();",
    "irq-on": "local_irq_enable();",
    "rcu-lock": "rcu_read_lock();",
    "rcu-unlock": "rcu_read_unlock();",
    "lock": "spin_lock(s);",
    "unlock": "spin_unlock(s);",
}


def registers(program: Small) -> list[tuple[int, str]]:
    """Every register that some step sets."""
    return [
        (number, step.reg)
        for number, steps in enumerate(program.threads)
        for step in steps
        if isinstance(step, Read | Exchange | UserRead | UserWrite)
    ]


def litmus(program: Small) -> str:
    """The program in the simulator's language, asking for all final values."""
    initial = " ".join(
        f"{name}={value};" for name, value in zip(ENTRIES, program.entries, strict=True)
    )
    lines = ["C small", f"{{ {initial} int pages[{PAGES}] = {{0,0,0}}; }}"]
    for number, steps in enumerate(program.threads):
        lines.append(f"P{number}(int *x, int *y, pte_t *p, pte_t *q, int *pages, spinlock_t *s)")
        lines.append("{")
        lines.extend(f"\tint {reg};" for thread, reg in registers(program) if thread == number)
        lines.extend(f"\t{_statement(step)}" for step in steps)
        lines.append("}")
    places = [*VARIABLES, *ENTRIES, *(f"pages[{page}]" for page in range(1, PAGES))]
    asked = [f"{number}:{reg}" for number, reg in registers(program)]
    lines.append(f"locations [{' '.join(f'{name};' for name in [*places, *asked])}]")
    lines.append("exists (x=99)")
    return "\n".join(lines) + "\n"


def _statement(step: Step) -> str:
    match step:
        case Read(place, reg):
            return f"{reg} = READ_ONCE(*{place});"
        case Write(place, value):
            return f"WRITE_ONCE(*{place}, {value});"
        case Exchange(place, value, reg):
            return f"{reg} = xchg({place}, {value});"
        case UserRead(entry, reg):
            return f"{reg} = user_read_page({entry}, pages);"
        case UserWrite(entry, value, reg):
            return f"{reg} = user_write_page({entry}, pages, {value});"
        case Flush(None):
            return "flush_tlb_mm();"
        case Flush(entry):
            return f"flush_tlb_page({entry});"
        case Simple(word):
            return _CALLS[word]
