"""Matching in cat files: by tag when the model is compiled, by members for each execution.

A function that calls itself is made into a node of the graph the first time that it is called with
sets and relations; what it gives is worked out execution by execution, since its depth depends on
what is in them. Called with a tag or a function it is followed as any other call.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reviewer.errors import LitmusError
from reviewer.mmu.cat import syntax as cat
from reviewer.mmu.cat.denotation import Closure, Denotation, Env, Tag
from reviewer.mmu.cat.nodes import Graph, Node

MAX_CALLS = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A recursive function compiled for one kind of arguments; it is kept so that its ``id`` is."""

    function: Closure
    number: int
    is_set: bool


@dataclass(slots=True)
class Matching:
    """What every interpretation shares, and ``match``; ``eval`` is the interpreter's."""

    variants: frozenset[str]
    graph: Graph = field(default_factory=Graph)
    env: Env = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)
    path: str = ""
    depth: int = 0
    made: dict[tuple[int, tuple[bool, ...]], Made] = field(default_factory=dict)

    def error(self, line: int, message: str) -> LitmusError:
        return LitmusError(self.path, line, message)

    def enter(self, line: int) -> None:
        self.depth += 1
        if self.depth > MAX_CALLS:
            raise self.error(line, "calls nested too deeply")

    def eval(self, exp: cat.Exp, env: Env) -> Denotation:
        raise NotImplementedError

    def node(self, value: Denotation, line: int) -> Node:
        if isinstance(value, Node):
            return value
        raise self.error(line, "expected a set or a relation")

    def rel(self, value: Denotation, line: int) -> Node:
        node = self.node(value, line)
        if node is self.graph.none:
            return self.graph.zero
        if node.is_set:
            raise self.error(line, "expected a relation, found a set")
        return node

    def set_(self, value: Denotation, line: int) -> Node:
        node = self.node(value, line)
        if node is self.graph.zero:
            return self.graph.none
        if not node.is_set:
            raise self.error(line, "expected a set, found a relation")
        return node

    # -- matching, and functions that call themselves

    def match(self, exp: cat.Match, env: Env) -> Denotation:
        subject = self.eval(exp.subject, env)
        if not isinstance(subject, Tag):
            raise self.error(exp.line, "expected a 'tag to match")
        for tag, found in exp.clauses:
            if tag == subject.name:
                return self.eval(found, env)
        if exp.other is None:
            raise self.error(exp.line, f"no clause matches '{subject.name}")
        return self.eval(exp.other, env)

    def match_set(self, exp: cat.MatchSet, env: Env) -> Node:
        subject = self.node(self.eval(exp.subject, env), exp.line)
        empty = self.node(self.eval(exp.empty, env), exp.line)
        if self.graph.is_empty(subject):
            return empty
        one = self.graph.element(is_set=subject.is_set)
        others = self.graph.others(is_set=subject.is_set)
        inner = {**env, exp.one: one, exp.rest: others}
        member = self.node(self.eval(exp.member, inner), exp.line)
        if self.graph.is_empty(empty):
            empty = self.graph.none if member.is_set else self.graph.zero
        elif self.graph.is_empty(member):
            member = self.graph.none if empty.is_set else self.graph.zero
        if empty.is_set != member.is_set:
            raise self.error(exp.line, "a set in one clause and a relation in the other")
        return self.graph.match(subject, empty, member, (one, others))

    def recursive_call(self, function: Closure, args: tuple[Node, ...], line: int) -> Node:
        """The function as one for sets and relations like ``args``, made at its first call."""
        kinds = tuple(arg.is_set for arg in args)
        key = (id(function), kinds)
        made = self.made.get(key)
        if made is None:
            self.enter(line)
            made = self.make(function, kinds, line)
            self.depth -= 1
        return self.graph.call(made.number, args, is_set=made.is_set)

    def make(self, function: Closure, kinds: tuple[bool, ...], line: int) -> Made:
        """Compiles the body, first as giving a relation, then as giving a set."""
        failed: LitmusError | None = None
        for is_set in (False, True):
            made = Made(function, len(self.graph.nodes), is_set)
            before = dict(self.made)
            self.made[id(function), kinds] = made
            params = [
                self.graph.recursive(name, is_set=kind)
                for name, kind in zip(function.params, kinds, strict=True)
            ]
            env = {**function.env, **dict(zip(function.params, params, strict=True))}
            try:
                body = self.node(self.eval(function.body, env), line)
            except LitmusError as error:
                failed = failed or error
                self.made = before
                continue
            if body.is_set == is_set:
                if body.open_ - {param.number for param in params}:
                    raise self.error(
                        line, f"{function.name} uses the variable of a function around it"
                    )
                self.graph.functions[made.number] = (params, body)
                return made
            self.made = before
        raise failed or self.error(line, f"{function.name} gives neither a set nor a relation")
