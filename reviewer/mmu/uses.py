"""Which registers statements use and set, and which of them only watch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reviewer.mmu.program import (
    Assign,
    Assume,
    Choose,
    Const,
    Control,
    Expr,
    Fence,
    If,
    Load,
    Lock,
    Loop,
    Op,
    Reg,
    Rmw,
    Scope,
    Srcu,
    Statement,
    Store,
    StoreCond,
)

Names = frozenset[str]
_NONE: Names = frozenset()


def sets(statement: Statement) -> Names:
    """The register that a simple statement sets, if it does."""
    if isinstance(statement, Assign | Load | StoreCond | Rmw | Lock | Srcu | Choose):
        return frozenset((statement.reg,)) if statement.reg is not None else _NONE
    return _NONE


def reads(statement: Statement) -> Names:
    """Registers that a simple statement uses."""
    if isinstance(statement, Assign):
        return uses(statement.expr)
    if isinstance(statement, Assume | Control):
        return uses(statement.cond)
    if isinstance(statement, Load | Lock):
        return uses(statement.addr)
    if isinstance(statement, Store | StoreCond | Srcu):
        return uses(statement.addr, statement.value)
    if isinstance(statement, Rmw):
        return uses(statement.addr, statement.operand, statement.expected)
    if isinstance(statement, Fence):
        return uses(statement.addr)
    return _NONE


def lines_of(op: str, body: tuple[Statement, ...]) -> Iterator[int]:
    """The lines of the statements whose value is made with an operator."""
    for statement in statements_of(body):
        source = getattr(statement, "source", None)
        parts = (getattr(statement, name, None) for name in ("expr", "cond", "value", "operand"))
        if source is not None and any(_has(op, part) for part in parts):
            yield source.line


def _has(op: str, part: object) -> bool:
    return isinstance(part, Op) and (part.op == op or any(_has(op, arg) for arg in part.args))


def uses(*exprs: Expr | None) -> Names:
    """Registers in expressions."""
    places = (leaf for expr in exprs if expr is not None for leaf in leaves(expr))
    return frozenset(leaf.name for leaf in places if isinstance(leaf, Reg))


def leaves(expr: Expr) -> Iterator[Const | Reg]:
    """Constants and registers of an expression."""
    if isinstance(expr, Op):
        for arg in expr.args:
            yield from leaves(arg)
    else:
        yield expr


def statements_of(body: Iterable[Statement]) -> Iterator[Statement]:
    """All statements of a list, those inside others too."""
    for statement in body:
        yield statement
        if isinstance(statement, If):
            yield from statements_of((*statement.then, *statement.orelse))
        elif isinstance(statement, Loop | Scope):
            yield from statements_of(statement.body)


def _stores(body: Iterable[Statement]) -> Iterator[Store]:
    """The plain and marked stores of a list, those inside other statements too."""
    return (one for one in statements_of(body) if isinstance(one, Store))


def movable(then: tuple[Statement, ...], orelse: tuple[Statement, ...]) -> frozenset[int]:
    """The accesses, by ``id``, that stand alike in both arms of an ``if``, so that a compiler may
    move them in front of it (Documentation/memory-barriers.txt, control dependencies).

    Marked accesses and barriers keep their order, so one is moved only with all of those before
    it: they have to be alike as well.
    """
    found: set[int] = set()
    if not then or not orelse:
        return frozenset()
    ordered = [list(_shapes(arm)) for arm in (then, orelse)]
    for (one, shape), (other, its) in zip(*ordered, strict=False):
        if shape != its:
            break
        found.update(map(id, statements_of((one, other))))
    plain = [
        {(one.addr, one.value): id(one) for one in _stores(arm) if not one.tags}
        for arm in (then, orelse)
    ]
    both = plain[0].keys() & plain[1].keys()
    return frozenset(found | {arm[key] for arm in plain for key in both})


def _shapes(body: Iterable[Statement]) -> Iterator[tuple[Statement, object]]:
    """The statements of an arm but for assignments and plain accesses, each with what it does,
    whatever its place in the source and the names of the registers that the arm sets."""
    known: dict[str, object] = {}
    count = 0
    for one in _flat(body):
        if isinstance(one, Assign):
            known[one.reg] = _shape(one.expr, known)
            continue
        inside = dict.fromkeys(reg for inner in statements_of((one,)) for reg in sets(inner))
        new = {reg: (count, number) for number, reg in enumerate(inside)}
        shape = _shape(one, {**known, **new} if isinstance(one, If | Loop) else known)
        known |= {reg: (shape, *at) for reg, at in new.items()}
        if getattr(one, "tags", True):
            yield one, shape
            count += 1


def _flat(body: Iterable[Statement]) -> Iterator[Statement]:
    for one in body:
        if isinstance(one, Scope):
            yield from _flat(one.body)
        else:
            yield one


def _shape(found: object, known: Mapping[str, object]) -> object:
    if isinstance(found, tuple):
        return tuple(_shape(part, known) for part in found)
    if isinstance(found, Reg):
        return known.get(found.name, found)
    if isinstance(found, Const) or not hasattr(found, "__dataclass_fields__"):
        return found
    names = [name for name in found.__dataclass_fields__ if name not in _OWN]
    return (type(found), *(_shape(getattr(found, name), known) for name in names))


_OWN = frozenset(("source", "reg", "label"))


def watchers(body: tuple[Statement, ...]) -> Names:
    """Registers that no statement but assignments of such registers uses.

    They change nothing but the final state, so that no dependency passes through them.
    """
    assigned: dict[str, set[str]] = {}
    used = set[str]()
    for one in statements_of(body):
        if isinstance(one, Assign):
            assigned.setdefault(one.reg, set()).update(reads(one))
        else:
            used |= uses(one.cond) if isinstance(one, If) else reads(one)
    found = frozenset(assigned)
    while used & found:
        found -= used
        used = set[str]().union(*(assigned[reg] for reg in assigned.keys() - found))
    return found


def only_watches(statement: If, watching: Names) -> bool:
    """Whether both arms only assign registers that watch."""
    return all(
        isinstance(one, Assign) and one.reg in watching
        for one in (*statement.then, *statement.orelse)
    )
