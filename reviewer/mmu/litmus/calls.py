"""Calls: primitives are inlined, functions with registers of their own, macros in place."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from tree_sitter import Node

from reviewer.mmu.litmus.builtins import BUILTINS, Builtins
from reviewer.mmu.litmus.checks import NO_ENTRY, is_entry
from reviewer.mmu.litmus.definitions import Definition
from reviewer.mmu.litmus.meant import falls_off, unparenthesized
from reviewer.mmu.litmus.names import Names, Out
from reviewer.mmu.litmus.numbers import constant
from reviewer.mmu.litmus.places import ENTRIES
from reviewer.mmu.litmus.signatures import kernel_forms
from reviewer.mmu.litmus.structs import numbers_of
from reviewer.mmu.program import Assign, Const, Exit, Expr, If, Loop, Op, Reg, Scope, Statement
from reviewer.mmu.values import CONVERSIONS

MAX_DEPTH = 25
# A thread of 4,000 events, the simulator's own limit, makes fewer.
MAX_CALLS = 20_000
_LEVEL = re.compile(r"(?:set_)?(pte|pmd|pud)p?_")
_NUMBERS = frozenset((*CONVERSIONS, "vm_area_struct", "mm_struct"))
_NO_EFFECT = frozenset(
    (
        "identifier",
        "number_literal",
        "field_expression",
        "pointer_expression",
        "unary_expression",
        "true",
        "false",
        "null",
        "parenthesized_expression",
        "binary_expression",
        "cast_expression",
        "string_literal",
        "subscript_expression",
        "sizeof_expression",
    )
)


class Calls(Builtins, ABC):
    """Lowers calls; the statements in an inlined body are left to whoever knows statements."""

    @abstractmethod
    def block(self, node: Node, scope: Names, out: Out) -> None:
        """Lowers the statements in a pair of braces."""

    @abstractmethod
    def enter(self, label: str) -> None:
        """Notes that a block begins which ``Exit(label)`` leaves."""

    def call(self, node: Node, scope: Names, out: Out, *, wanted: bool) -> Expr:
        function = self.field(node, "function", scope)
        args = [
            child
            for child in self.field(node, "arguments", scope).named_children
            if child.type != "comment"
        ]
        if function.type == "parenthesized_expression" and len(args) == 1:
            return self.value(args[0], scope, out)  # a cast, (type)(value)
        name = self.text(function)
        if name.startswith("__") and name in BUILTINS:
            return self.builtin(name, node, args, scope, out)
        if name == "ARRAY_SIZE" and len(args) == 1:
            return self.array_size(args[0], scope)
        if name == "container_of":
            return self.container_of(node, args, scope, out)
        return self.call_by_name(name, node, args, scope, out, wanted=wanted)

    def call_by_name(
        self, name: str, node: Node, args: list[Node], scope: Names, out: Out, *, wanted: bool
    ) -> Expr:
        where = scope
        while name in where.args:  # a function handed to a macro
            given, where = where.args[name]
            name = self.text(given)
        definition = self.definitions.get(f"{name}/{len(args)}") or self.definitions.get(name)
        if definition is None or definition.kind == "constant":
            known = (key for key in self.definitions if "/" not in key and " " not in key)
            hint = self.suggest(name, known)
            raise self.error(node, scope, f"unknown primitive '{name}'{hint}")
        if wanted and definition.void and scope.snippet.path == self.world.path:
            raise self.error(node, scope, f"{name}() has no value")
        if len(args) != len(definition.params):
            args = self.kernel_form(definition, node, args, scope)
        return self.inline(definition, node, args, scope, out, wanted=wanted)

    def kernel_form(
        self, definition: Definition, node: Node, args: list[Node], scope: Names
    ) -> list[Node]:
        """The arguments that count, of a call as the kernel writes it."""
        forms = kernel_forms(definition.name)
        for form in forms:
            if len(form) == len(args):
                for word, arg in zip(form, args, strict=True):
                    if not word.isupper() and not _plain(arg):
                        what = f"{word} of {definition.name}() is not looked at: expected a name"
                        raise self.error(node, scope, what)
                counted = [arg for word, arg in zip(form, args, strict=True) if word.isupper()]
                for arg in counted:
                    self.must_be_known(definition.name, form, arg, scope)
                return counted
        ways = [", ".join(definition.params), *(", ".join(form) for form in forms)]
        told = " or ".join(f"{definition.name}({way})" for way in ways)
        count = len(definition.params)
        raise self.error(
            node,
            scope,
            f"{definition.name} takes {count} arguments, found {len(args)}: {told}",
        )

    def must_be_known(self, called: str, form: tuple[str, ...], arg: Node, scope: Names) -> None:
        """Says what an argument that counts must be, where a name that means nothing is given."""
        name = self.text(arg)
        known = arg.type != "identifier" or any(
            name in names
            for names in (scope.args, scope.locals, scope.lengths, self.globals, self.definitions)
        )
        if not known and name not in self.unknown and name != "NULL":
            said = f"{called}({', '.join(form)})"
            what = f"{name} is no parameter or local: {said} takes the location in capitals here"
            self.unknown[name] = self.error(arg, scope, what)

    def check_entries(self, definition: Definition, args: list[Node], scope: Names) -> None:
        """Where a test says which of its locations are page-table entries, nothing else is given to
        a primitive as one, and none of another level: it would flush or translate nothing. A value
        of an entry is one. Raises LitmusError."""
        declared = self.world.types
        values, _ = numbers_of(definition)
        for kind, arg in zip(values, args, strict=False):
            given = constant(self.value(arg, scope, [])) if arg.type == "number_literal" else None
            if kind in ENTRIES and given is not None and not is_entry(given):
                raise self.error(arg, scope, f"{definition.name}() of {given}: {NO_ENTRY}")
        if not ENTRIES & set(declared.values()):
            return
        levels = [kind for kind in definition.types if kind in ENTRIES]
        strict = len(set(levels)) > 1 or _LEVEL.match(definition.name) is not None
        for kind, value, arg in zip(definition.types, values, args, strict=False):
            name = self.text(self.given(arg, scope)[0])
            own = declared.get(name, "")
            if kind not in ENTRIES or value or name not in self.globals:
                continue
            if own in _NUMBERS or (strict and own in ENTRIES and own != kind):
                said = f"{definition.name}({', '.join(definition.params)})"
                what = f"{name} is declared {own}, and {said} takes an entry ({kind}) there"
                raise self.error(arg, scope, what)

    def array_size(self, node: Node, scope: Names) -> Expr:
        name = self.text(node)
        length = scope.lengths.get(name, self.world.arrays.get(name))
        if length is None:
            raise self.error(node, scope, f"{name} is no array")
        return Const(length)

    def container_of(self, node: Node, args: list[Node], scope: Names, out: Out) -> Expr:
        if len(args) != 3:
            raise self.error(node, scope, "expected container_of(pointer, type, member)")
        tag, member = self.type_of(node, scope), self.text(args[2])
        fields = self.structs.fields(tag)
        if fields and member not in fields:
            hint = self.suggest(member, fields)
            raise self.error(node, scope, f"struct {tag} has no field {member}{hint}")
        return Op(f"^{member}", (self.value(args[0], scope, out),))

    def inline_constant(self, definition: Definition, node: Node, scope: Names, out: Out) -> Expr:
        return self.inline(definition, node, [], scope, out, wanted=True)

    def inline(
        self,
        definition: Definition,
        node: Node,
        args: list[Node],
        scope: Names,
        out: Out,
        *,
        wanted: bool,
    ) -> Expr:
        depth, at = 0, scope
        while at.outer is not None:
            depth, at = depth + 1, at.outer
        if depth > MAX_DEPTH:
            raise self.error(node, scope, f"{definition.name} calls itself")
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise self.error(
                node, scope, f"more than {MAX_CALLS} calls in a thread, with all in them"
            )
        snippet, source = definition.body(), self.source
        own = definition.path == self.world.path
        if not definition.function:
            if own and (part := unparenthesized(definition, node, args)):
                what = f"C takes {part} of {definition.name} apart here: put parentheses around it"
                raise self.error(node, scope, what)
            inner = Names(
                scope.prefix,
                snippet,
                {name: (arg, scope) for name, arg in zip(definition.params, args, strict=True)},
                outer=scope,
            )
            block = snippet.node.type == "compound_statement" or definition.text.startswith("({")
            if block:
                self.fresh += 1
                inner.prefix = f"{definition.name}%{self.fresh}."
                inner.learn()
            lent = dict(self.lent)
            if snippet.node.type == "compound_statement":
                self.block(snippet.node, inner, out)
                result: Expr = Const(0)
            else:
                result = self.value(snippet.node, inner, out)
            self.lent, self.source = lent, source
            return result
        self.fresh += 1
        label = f"{definition.name}%{self.fresh}"
        returned = f"{label}."
        inner = Names(f"{label}.", snippet, returns=returned, label=label, outer=scope)
        inner.learn()
        inner.locals.update(definition.params)
        inner.given.update(definition.params)
        inner.types.update(zip(definition.params, definition.types, strict=False))
        if own and wanted and falls_off(snippet.node):
            raise self.error(node, scope, f"{definition.name}() may end without a value")
        taken, inner.result = numbers_of(definition) if own else ((), "")
        for name, kind in zip(definition.params, taken, strict=False):
            if kind:
                inner.types[name] = kind
            else:
                inner.pointers.add(name)
        if scope.snippet.path == self.world.path:
            self.check_entries(definition, args, scope)
        for name, arg in zip(definition.params, args, strict=True):
            if self.is_number(arg, scope):
                inner.numbers.add(name)
            if own and name in inner.pointers:
                self.must_fit(arg, inner.types[name], scope)
            given = self.value(arg, scope, out)
            given = self.taken(inner.prefix + name, name, given, inner)
            self.pointees[inner.prefix + name] = self.pointed_to(arg, scope)
            out.append(Assign(inner.prefix + name, given, self.source))
        body: Out = []
        self.enter(label)
        self.block(snippet.node, inner, body)
        self.source = source
        # A single return at the end needs no scope to leave.
        if body and body[-1] == Exit(label) and not _leaves(body[:-1], label):
            out.extend(body[:-1])
        else:
            out.append(Scope(label, tuple(body)))
        return Reg(returned) if wanted else Const(0)


def _plain(node: Node) -> bool:
    """Whether leaving an argument out can change nothing."""
    return node.type in _NO_EFFECT and all(
        _plain(child) for child in node.named_children if "identifier" not in child.type
    )


def _leaves(body: list[Statement], label: str) -> bool:
    for statement in body:
        if isinstance(statement, Exit) and statement.label == label:
            return True
        if isinstance(statement, If) and (
            _leaves(list(statement.then), label) or _leaves(list(statement.orelse), label)
        ):
            return True
        if isinstance(statement, Loop | Scope) and _leaves(list(statement.body), label):
            return True
    return False
