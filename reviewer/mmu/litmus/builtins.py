"""The built-in operations that primitives are defined with: ``__load``, ``__fence`` and so on."""

from __future__ import annotations

from abc import ABC

from tree_sitter import Node

from reviewer.mmu.litmus.definitions import split_tags
from reviewer.mmu.litmus.expressions import Expressions
from reviewer.mmu.litmus.names import Names, Out
from reviewer.mmu.program import (
    Assume,
    Choose,
    Const,
    Expr,
    Fence,
    Load,
    Lock,
    Reg,
    Rmw,
    Srcu,
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
    "__assume": (1, 1),
    "__choose": (1, 1),
}


class Builtins(Expressions, ABC):
    """Lowers calls of built-in operations."""

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
            out.append(Load(reg, self.address(args[0], scope, out), tags, source))
            return Reg(reg)
        if name == "__store":
            place = self.address(args[0], scope, out)
            out.append(Store(place, self.value(args[1], scope, out), tags, source))
            return Const(0)
        if name == "__fence":
            addr = self.value(args[0], scope, out) if args else None
            out.append(Fence(tags, addr, source))
            return Const(0)
        if name in ("__lock", "__unlock", "__trylock", "__islocked"):
            addr = self.value(args[0], scope, out)
            lock_reg = self.temp() if name in ("__trylock", "__islocked") else None
            out.append(Lock(name[2:], addr, lock_reg, source))
            return Reg(lock_reg) if lock_reg else Const(0)
        if name == "__srcu":
            addr = self.value(args[0], scope, out)
            value = self.value(args[1], scope, out) if len(args) > 1 else None
            srcu_reg = self.temp() if "srcu-lock" in tags else None
            out.append(Srcu(tags, addr, value, srcu_reg, source))
            return Reg(srcu_reg) if srcu_reg else Const(0)
        if name == "__cpu":
            return Const(self.thread)
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
        addr = self.value(args[0], scope, out)
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
        reg = None if name == "__atomic_op" else self.temp()
        read, write, fail, fences = self.atomic_tags(name, mode, tags)
        out.append(
            Rmw(reg, gives, op, addr, operand, expected, read, write, fail, fences, self.source)
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
