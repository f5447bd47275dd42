"""The built-in operations that primitives are defined with: ``__load``, ``__fence`` and so on."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass

from tree_sitter import Node

from reviewer.errors import DoesNotApplyError
from reviewer.mmu.litmus.definitions import Snippet, split_tags
from reviewer.mmu.litmus.expressions import Expressions
from reviewer.mmu.litmus.names import Names, Out
from reviewer.mmu.litmus.numbers import converted, promoted, wrapped
from reviewer.mmu.program import (
    Addr,
    Assign,
    Assume,
    Choose,
    Const,
    Expr,
    Fence,
    If,
    Load,
    Lock,
    Op,
    Reg,
    Rmw,
    Source,
    Srcu,
    Statement,
    Store,
)

_ATOMIC_MODES = ("mb", "once", "acquire", "release")
# The least and the most arguments of each, tags apart.
BUILTINS: dict[str, tuple[int, int]] = {
    "__load": (1, 1),
    "__store": (2, 2),
    "__fence": (0, 1),
    "__lock": (1, 1),
    "__unlock": (1, 1),
    "__trylock": (1, 1),
    "__islocked": (1, 1),
    "__srcu": (1, 2),
    "__xchg": (2, 2),
    "__cmpxchg": (3, 3),
    "__atomic_op": (3, 3),
    "__atomic_op_return": (3, 3),
    "__atomic_fetch_op": (3, 3),
    "__atomic_add_unless": (3, 3),
    "__cpu": (0, 0),
    "__note": (0, 1),
    "__assume": (1, 1),
    "__choose": (1, 1),
    "__lend": (2, 2),
    "__start": (2, 3),
    "__await": (0, 0),
    "__handler": (2, 2),
    "__start_handler": (1, 1),
    "__free": (1, 1),
    "__begin": (0, 0),
    "__end": (0, 0),
    "__absent": (0, 0),
    "__place": (0, 0),
}
FREED = 99
"""What freed memory reads as."""


@dataclass(frozen=True, slots=True)
class Started:
    """A function that runs in a thread of its own, once it is asked for.

    ``token``: the location that asks for it, set to 1. ``argument``: its value, or None if it is in
    the location ``held``; ``tag`` its type. ``before``: what the new thread does
    first. ``queued``: asking again while it waits changes nothing.
    """

    function: str
    token: Addr
    argument: Expr | None
    held: Addr
    tag: str
    before: tuple[Node, Names] | None
    done: Addr | None
    source: Source
    queued: bool = False


# Started at most once at a time, however often they are asked for.
_QUEUED = ("work", "timer")
_MORE = frozenset(
    (
        "__lend",
        "__start",
        "__await",
        "__handler",
        "__start_handler",
        "__free",
        "__begin",
        "__end",
        "__absent",
        "__place",
    )
)


def pending(kind: str) -> Addr:
    """The location that counts what was started and has not ended."""
    return Addr(f"{kind} pending")


def _add(place: Addr, by: int, read: str, write: str, source: Source) -> Rmw:
    tags = ((read,), (write,), ("once",))
    return Rmw(None, "old", "+", Const(place), Const(by), None, *tags, (), source)


class Builtins(Expressions, ABC):
    """Lowers calls of built-in operations. ``started``: the threads that they start."""

    started: list[Started]
    loops: int

    def builtin(self, name: str, node: Node, args: list[Node], scope: Names, out: Out) -> Expr:
        """The value of a built-in operation; tags come first, as a string. Raises LitmusError."""
        tags: tuple[str, ...] = ()
        mode = ""
        if args and args[0].type == "string_literal":
            written = self.text(args[0]).strip('"')
            mode, _, extra = written.partition("|")
            mode = mode.strip()
            path, line = scope.snippet.path, self.line(node, scope)
            tags = split_tags(f"{mode},{extra}", path, line)
            args = args[1:]
        lowest, most = BUILTINS[name]
        if not lowest <= len(args) <= most:
            raise self.error(node, scope, f"{name} takes {lowest} arguments, found {len(args)}")
        source = self.source
        if name == "__load":
            reg = self.temp()
            self.kinds[reg] = promoted(self.held_at(args[0], scope))
            out.append(Load(reg, self.address(args[0], scope, out), tags, source))
            return Reg(reg)
        if name == "__store":
            place = self.address(args[0], scope, out)
            stored = self.value(args[1], scope, out)
            stored = converted(self.held_at(args[0], scope), stored, self.kinds)
            out.append(Store(place, stored, tags, source))
            return Const(0)
        if name == "__fence":
            addr = self.place(args[0], scope, out) if args else None
            out.append(Fence(tags, addr, source))
            return Const(0)
        if name in ("__lock", "__unlock", "__trylock", "__islocked"):
            addr = self.place(args[0], scope, out)
            lock_reg = self.temp() if name in ("__trylock", "__islocked") else None
            out.append(Lock(name[2:], addr, lock_reg, source))
            return Reg(lock_reg) if lock_reg else Const(0)
        if name == "__srcu":
            addr = self.place(args[0], scope, out)
            value = self.value(args[1], scope, out) if len(args) > 1 else None
            srcu_reg = self.temp() if "srcu-lock" in tags else None
            out.append(Srcu(tags, addr, value, srcu_reg, source))
            return Reg(srcu_reg) if srcu_reg else Const(0)
        if name in _MORE:
            return self.more(name, node, args, (mode, tags), scope, out)
        if name == "__cpu":
            return Const(self.thread)
        if name == "__note":
            return self.note(f"%{mode}", args, scope, out)
        if name == "__assume":
            out.append(Assume(self.value(args[0], scope, out), source))
            return Const(0)
        if name == "__choose":
            count = self.value(args[0], scope, out)
            if not isinstance(count, Const) or not isinstance(count.value, int):
                raise self.error(node, scope, "__choose takes a number")
            reg = self.temp()
            out.append(Choose(reg, count.value, source))
            return Reg(reg)
        return self.atomic(name, node, args, (mode, tags), scope, out)

    def note(self, reg: str, args: list[Node], scope: Names, out: Out) -> Expr:
        """What this thread noted last under a name, 0 at first; with an argument, notes that."""
        if not args:
            return Reg(reg)
        value = self.value(args[0], scope, out)
        out.append(Assign(reg, value, self.source))
        return value

    def place(self, node: Node, scope: Names, out: Out) -> Expr:
        """The location that an operation is about."""
        return self.must_be_place(node, self.value(node, scope, out), scope)

    def more(
        self,
        name: str,
        node: Node,
        args: list[Node],
        tagged: tuple[str, tuple[str, ...]],
        scope: Names,
        out: Out,
    ) -> Expr:
        """What lends names, starts threads and frees memory."""
        mode, tags = tagged
        if name == "__lend":
            reg = self.temp()
            out.append(Assign(reg, self.value(args[1], scope, out), self.source))
            self.lent[self.text(args[0])] = reg
        elif name == "__start":
            function, where = args[0], scope
            while self.text(function) in where.args:
                function, where = where.args[self.text(function)]
            before = (args[2], scope) if len(args) > 2 else None
            for _ in range(max(self.world.threads - 1, 0) if "each" in tags else 1):
                self.start(self.text(function), args[1], (mode, before), scope, out)
        elif name == "__handler":
            self.value(args[0], scope, out)
        elif name == "__start_handler":
            place = self.value(args[0], scope, out)
            at = place.value if isinstance(place, Const) else 0
            known = self.world.handlers.get(at.base if isinstance(at, Addr) else "")
            if known is None:
                what = "no thread sets the function of this (timer_setup(), INIT_WORK())"
                raise self.error(node, scope, what)
            self.start(known, args[0], (mode, None), scope, out)
        elif name == "__await":
            reg = self.temp()
            out.append(Load(reg, Const(pending(mode)), ("acquire",), self.source))
            out.append(Assume(Op("==", (Reg(reg), Const(0))), self.source))
        elif name == "__free":
            self.free(args[0], scope, out)
        elif name in ("__begin", "__end"):
            self.section(mode, out, enter=name == "__begin")
        elif name == "__absent":
            call = f"{mode.replace('-', '_')}()"
            if "unmodelled" in tags:
                raise DoesNotApplyError("not modelled", f"{call} of two words is not modelled here")
            raise DoesNotApplyError("does not exist", f"{call} does not exist on this machine")
        return Const(Addr(mode)) if name == "__place" else Const(0)

    def start(
        self,
        function: str,
        argument: Node,
        how: tuple[str, tuple[Node, Names] | None],
        scope: Names,
        out: Out,
    ) -> None:
        """Asks for a function in a thread of its own: writes before it are seen by it."""
        kind, before = how
        if self.loops:
            raise self.error(argument, scope, f"{kind}: a loop cannot start threads")
        if function not in self.definitions:
            hint = self.suggest(function, (k for k in self.definitions if "/" not in k))
            raise self.error(argument, scope, f"no function {function} in this file{hint}")
        self.fresh += 1
        name = f"{kind} {self.thread}.{self.fresh}"
        value = self.value(argument, scope, out)
        token, held = Addr(f"{name} asked"), Addr(f"{name} argument")
        done = pending(kind) if kind in self.world.awaited else None
        constant = value if isinstance(value, Const) else None
        if constant is None:
            out.append(Store(Const(held), value, ("once",), self.source))
        if done is not None:
            out.append(_add(done, 1, "noreturn", "once", self.source))
        out.append(Store(Const(token), Const(1), ("release",), self.source))
        tag = self.type_of(argument, scope)
        self.started.append(
            Started(
                function, token, constant, held, tag, before, done, self.source, kind in _QUEUED
            )
        )

    def started_body(self, what: Started, snippet: Snippet) -> tuple[Statement, ...]:
        """The body of a started thread, which ``snippet`` calls the function with ``argument``."""
        scope = Names("", snippet, label="return", locals={"argument"}, given={"argument"})
        scope.types["argument"] = what.tag
        self.source = what.source
        body: Out = []
        if what.before is not None:
            self.effect(*what.before, body)
        if what.argument is not None:
            body.append(Assign("argument", what.argument, what.source))
        else:
            body.append(Load("argument", Const(what.held), ("once",), what.source))
        self.effect(snippet.node, scope, body)
        if what.done is not None:
            body.append(_add(what.done, -1, "once", "release", what.source))
        return (
            Load("started", Const(what.token), ("acquire",), what.source),
            If(Reg("started"), tuple(body), (), what.source),
        )

    def free(self, node: Node, scope: Names, out: Out) -> None:
        """Every field of a structure, or the one location, reads as freed."""
        place = self.value(node, scope, out)
        fields = self.structs.fields(self.type_of(node, scope))
        for name, what in fields.items():
            if self.structs.fields(what.type) and not what.pointer:
                continue
            for index in range(what.length or 1):
                at: Expr = Op(f".{name}{'[]' if what.length else ''}", (place,))
                if index:
                    at = Op("+", (at, Const(index)))
                out.append(Store(at, Const(FREED), ("once",), self.source))
        if not fields:
            out.append(Store(place, Const(FREED), ("once",), self.source))

    def section(self, name: str, out: Out, *, enter: bool) -> None:
        """One end of a section of a domain that all threads share. Every thread is in one of
        ``tasks`` between two calls of schedule(), which counts only if somebody waits for it."""
        if name == "tasks" and name not in self.world.awaited:
            return
        place = Const(Addr(name))
        if enter:
            out.append(Load(f"%{name}", place, ("srcu-lock",), self.source))
        else:
            out.append(Store(place, Reg(f"%{name}"), ("srcu-unlock",), self.source))

    def atomic(
        self,
        name: str,
        node: Node,
        args: list[Node],
        tagged: tuple[str, tuple[str, ...]],
        scope: Names,
        out: Out,
    ) -> Expr:
        mode, tags = tagged
        addr = self.place(args[0], scope, out)
        expected: Expr | None = None
        if name in ("__xchg", "__cmpxchg"):
            op = name[2:]
            if op == "cmpxchg":
                expected = self.value(args[1], scope, out)
            operand = self.value(args[-1], scope, out)
        elif name == "__atomic_add_unless":
            op = "add_unless"
            operand = self.value(args[1], scope, out)
            expected = self.value(args[2], scope, out)
        else:
            op = self.text(args[1]).strip('"').replace(" ", "")
            operand = self.value(args[2], scope, out)
        gives = {"__atomic_op_return": "new", "__atomic_add_unless": "success"}.get(name, "old")
        kind = self.pointed_to(args[0], scope)
        if op in ("xchg", "cmpxchg"):
            operand = converted(kind, operand, self.kinds)
            expected = None if expected is None else converted(kind, expected, self.kinds)
        reg = None if name == "__atomic_op" else self.temp()
        if reg is not None:
            self.kinds[reg] = promoted(kind)
        read, write, fail, fences = self.atomic_tags(name, mode, tags)
        out.append(
            Rmw(
                *(reg, gives, op, addr, operand, expected, read, write, fail, fences, self.source),
                kind=wrapped(kind, large=self.world.large),
            )
        )
        return Reg(reg) if reg else Const(0)

    def atomic_tags(
        self, name: str, mode: str, tags: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Tags of the read, the write, a failed read, and the fences around (herd's CSem.ml)."""
        if not mode and name == "__atomic_op":
            return ("noreturn",), ("once",), ("once",), ()
        if mode not in _ATOMIC_MODES or self.fold_rmw:
            return tags, tags, tags, ()
        extra = tuple(tag for tag in tags if tag != mode)
        if name == "__atomic_op":
            return ("noreturn", *extra), ("once", *extra), ("once", *extra), ()
        read = "acquire" if mode == "acquire" else "once"
        write = "release" if mode == "release" else "once"
        if name == "__atomic_add_unless":
            read = write = "once"
        fences = ("mb",) if mode == "mb" or name == "__atomic_add_unless" else ()
        return (read, *extra), (write, *extra), ("once", *extra), fences
