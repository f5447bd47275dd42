"""Statements that kernel people write, each as a small test with the verdict it must have.

``initial`` declares the locations with their types; every thread takes all of them as parameters.
One body is a thread alone (``Always`` what the C says); two are a race decided by LKMM.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """One statement or idiom: what is declared, the threads' bodies, the question, the answer."""

    name: str
    initial: str
    bodies: tuple[str, ...]
    condition: str
    verdict: str
    before: str = ""
    variants: tuple[str, ...] = ()

    def litmus(self) -> str:
        """The whole test as litmus text."""
        params = []
        for entry in self.initial.split(";"):
            head = entry.split("=")[0].split("[")[0].strip()
            if head and not re.match(r"\d+:", head) and "." not in head:
                kind, _, name = head.rpartition(" ")
                stars = "*" * (name.count("*") + 1)
                params.append(f"{kind.strip()} {stars}{name.lstrip('*')}")
        listed = ", ".join(params)
        threads = "".join(
            f"P{number}({listed})\n{{\n\t{body}\n}}\n" for number, body in enumerate(self.bodies)
        )
        name = re.sub(r"\W+", "-", self.name)
        return f"C {name}\n{{ {self.initial} }}\n{self.before}{threads}exists ({self.condition})\n"


def one(name: str, initial: str, body: str, condition: str, before: str = "") -> Case:
    """A thread alone, whose end is certain."""
    return Case(name, initial, (body,), condition, "Always", before)


def race(
    name: str, initial: str, first: str, second: str, condition: str, verdict: str, before: str = ""
) -> Case:
    """Two threads."""
    return Case(name, initial, (first, second), condition, verdict, before)


FOO = "struct foo { int a; int b; int v[2]; spinlock_t lock; refcount_t refs; };\n"
XY = "int x=0; int y=0;"
# Message passing through a lock-like pair: data written before the release, read after the acquire.
SEEN = "1:r1=1 /\\ 1:r2=0"
BOTH = "0:r=1 /\\ 1:r=1"

_W = "WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1);"
_R = "r1 = READ_ONCE(*y); r2 = READ_ONCE(*x);"
_MIXED = "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1"


def section(name: str, lock: str, opens: str, closes: str, verdict: str = "Never") -> Case:
    """Two sections of one lock, or of what is none."""
    return race(
        name,
        f"int x=0; int y=0; {lock}",
        f"{opens} {_W} {closes}",
        f"int r1; int r2; {opens} {_R} {closes}",
        _MIXED,
        verdict,
    )
