"""What calls do on a path: primitives, helpers that are followed, and those that are not."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import replace

from tree_sitter import Node

from reviewer.evidence.models.expressions import Results
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.loops import Loops
from reviewer.evidence.models.primitives import Primitive, primitive
from reviewer.evidence.models.scope import helpers
from reviewer.evidence.models.values import Does, Event, Place, Value
from reviewer.kernel.order import FULL, SECTIONS, Order
from reviewer.kernel.table import order_of
from reviewer.source.file import SourceFile
from reviewer.source.model import Function

ORDERING = FULL | SECTIONS
"""What orders more than the accesses that depend on it."""
DEEP = 3
"""Helpers inside each other that are followed."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_VARIABLE = re.compile(r"& ?([A-Za-z_]\w*)")
_LOCKED = (Does.LOCK, Does.UNLOCK)
_THROUGH = re.compile(
    r"(?:un)?likely|__builtin_expect|data_race|(?:VM_)?(?:WARN|BUG)_ON(?:_ONCE|_MM|_PAGE|_FOLIO)?"
    r"|WARN|WARN_ONCE|rcu_pointer_handoff|unrcu_pointer|READ_ONCE_ALIGNED|IS_ERR|IS_ERR_OR_NULL"
    r"|(?:raw_|this_|per_)cpu_ptr|per_cpu|get_cpu_ptr|__force|ACCESS_PRIVATE|untagged_addr"
)
"""Macros whose value is, for us, that of their first argument."""
_CONTAINER = re.compile(r"container_of(?:_const)?|(?:h?list|rb)_(?:first_|next_)?entry\w*")
_SILENT = re.compile(
    r"(?:pr|dev|netdev|net|trace|lockdep|kasan|kmsan|kcsan|might|cond|mm_debug|sched_clock|printk"
    r"|fallthrough|static_assert|BUILD_BUG|ARRAY|min|max|container|offsetof|sizeof|typeof|PTR_ERR"
    r"|ERR_PTR|ERR_CAST|IS_ENABLED|pgprot|page_to|virt_to|cpu_to|le\d+|be\d+|nr_|ilog2|clamp|swap"
    r"|jiffies|time_(?:after|before)|ktime_get|smp_processor_id|raw_smp|preempt_|local_irq_"
    r"|local_bh_|rcu_read_|in_|BIT|GENMASK|memset|memcpy|strlen|assert|debug|ASSERT|count_vm"
    r"|this_cpu|__this_cpu|raw_cpu|trace_)\w*"
)
"""Calls that neither order nor touch what threads share, by the names the kernel gives them."""
_WAITS = re.compile(r"(?:__)?s?wait_event\w*|wait_var_event\w*")
_SPINS = re.compile(r"(?:atomic_(?:long_)?|smp_)cond_(?:load|read)_(acquire|relaxed)")
_STORES = re.compile(
    r"WRITE_ONCE|smp_store_(?:release|mb)|rcu_assign_pointer|atomic_set(?:_release)?"
    r"|(?:atomic_)?(?:cmp)?xchg(?:_relaxed|_acquire|_release)?"
)
"""Primitives whose last argument is what they write."""


class Calls(Loops):
    """Follows calls."""

    stack: list[str]
    deep = DEEP
    """Helpers inside each other that are followed."""
    closed = False
    """True if no helper is, but for macros."""

    @abstractmethod
    def definition(self, name: str, source: SourceFile) -> tuple[SourceFile, Function] | None:
        """Where a name that a file calls is defined, if that is at hand."""

    @abstractmethod
    def reaches(self, name: str, source: SourceFile, deep: int) -> bool:
        """True if a helper touches what is asked about, or orders."""

    @abstractmethod
    def frame_of(
        self, source: SourceFile, function: Function, top: int
    ) -> tuple[Frame, Node] | None:
        """A frame for a function, and its body; None if it cannot be parsed."""

    def call(self, node: Node, frame: Frame, state: State) -> Results:
        target = node.child_by_field_name("function")
        listed = node.child_by_field_name("arguments")
        given = [c for c in listed.named_children if c.type != "comment"] if listed else []
        name = frame.word(target) if target is not None and target.type == "identifier" else ""
        if name in frame.given:
            inner, where = frame.given[name]
            name = where.word(inner) if inner.type == "identifier" else ""
        if not name:
            return self.unseen(node, frame.text(target) if target else "", given, frame, state)
        if _THROUGH.fullmatch(name):
            return self._through(name, given, frame, state)
        if _CONTAINER.fullmatch(name):
            return self._container(node, given, frame, state)
        if _WAITS.fullmatch(name) and len(given) > 1:
            return self._waits(node, given, frame, state)
        spins = _SPINS.fullmatch(name)
        if spins is not None:
            name = "smp_load_acquire" if spins[1] == "acquire" else "atomic_read"
        local = frame.source.definition(name) if frame.source is not helpers() else None
        known = primitive(name) if local is None or local.macro else None
        if known is not None:
            return self._primitive(node, name, known, given, frame, state)
        return self._function(node, name, given, frame, state)

    def arguments(
        self, given: list[Node], frame: Frame, state: State
    ) -> list[tuple[State, tuple[Value, ...]]]:
        paths: list[tuple[State, tuple[Value, ...]]] = [(state, ())]
        for one in given:
            paths = [
                (after, (*values, value))
                for before, values in paths
                for after, value in self.value(one, frame, before)
            ]
        return paths

    def _through(self, name: str, given: list[Node], frame: Frame, state: State) -> Results:
        out: Results = []
        for after, values in self.arguments(given, frame, state):
            value = values[0] if values else Value()
            if "cpu" in name:
                value = replace(value, text=f"{value.text}@cpu")
            out.append((after, value))
        return out

    def _container(self, node: Node, given: list[Node], frame: Frame, state: State) -> Results:
        told = re.search(r"\bstruct (\w+)", frame.text(node))
        out: Results = []
        for after, values in self.arguments(given[:1], frame, state):
            first = values[0] if values else Value()
            text = f"container({first.text})"
            out.append((after, Value(text, deps=first.deps, struct=told[1] if told else "")))
        return out

    def _waits(self, node: Node, given: list[Node], frame: Frame, state: State) -> Results:
        """``wait_event(queue, condition)``: looked at, then queued, and looked at again.

        include/linux/wait.h ___wait_event(): prepare_to_wait_event() stands before each look.
        """
        out: Results = []
        for after, test in self.value(given[1], frame, state):
            out.append((self.branch(after, test, True, given[1], frame), Value()))
        event = Event(
            Does.FENCE, frame.word(node)[:60].partition("(")[0], *frame.where(node),
            frame.at(node), statement="smp_mb();", orders=True,
        )  # fmt: skip
        for after, test in self.value(given[1], frame, state.happened(event)):
            out.append((self.branch(after, test, True, given[1], frame), Value()))
        return out

    def _primitive(
        self, node: Node, name: str, known: Primitive, given: list[Node], frame: Frame, state: State
    ) -> Results:
        event = Event(
            known.does, name, *frame.where(node), frame.at(node),
            orders=known.orders,
        )  # fmt: skip
        if known.location < 0:
            statement = f"{known.name}();"
            return [(state.happened(replace(event, statement=statement)), Value())]
        if known.location >= len(given):
            return self.unseen(node, name, given, frame, state)
        out: Results = []
        for after, place, struct in self._located(known, given, frame, state):
            rest = [g for at, g in enumerate(given) if at not in (known.location, known.bit)]
            for done, values in self.arguments(rest, frame, after):
                out.append(self._happened(event, known, place, struct, values, done))
        return out

    def _located(
        self, known: Primitive, given: list[Node], frame: Frame, state: State
    ) -> list[tuple[State, Place, str]]:
        node = given[known.location]
        bit = frame.text(given[known.bit]) if known.bit >= 0 else ""
        if not known.pointer:
            found = self.place(node, frame, state)
            if found:
                return found
            name = frame.text(node)
            return [
                (after, value.place or Place("local", name, name), value.struct)
                for after, value in self.value(node, frame, state)
            ]
        out: list[tuple[State, Place, str]] = []
        variable = _VARIABLE.fullmatch(frame.text(node)) if known.does in _LOCKED else None
        shared = variable is not None and variable[1] not in frame.names
        for after, value in self.value(node, frame, state):
            place = value.place or Place(value.struct or "?", "*", value.text, value.deps)
            if shared and variable is not None and value.place is None:
                place = Place("", variable[1], "")  # declared in some header
            out.append((after, place.bit(bit) if bit else place, value.struct))
        return out

    def _happened(
        self, event: Event, known: Primitive, place: Place, struct: str,
        values: tuple[Value, ...], state: State,
    ) -> tuple[State, Value]:  # fmt: skip
        """The state after an access by a primitive, and what the primitive is worth."""
        deps = frozenset().union(*(one.deps for one in values)) if values else frozenset()
        wanted = self.asked(place)
        result = Value(text=f"{place.base}->{place.member}", struct=struct, deps=place.deps | deps)
        if known.does is Does.ACCESS and not wanted and not known.orders:
            return state, result
        location = "*@" if known.star else "@"
        words: list[str] = []
        rest = list(values)
        for what in known.arguments:
            if what == "@":
                words.append(location)
            elif what.startswith("$") and rest:
                given = rest.pop(0)
                words.append(
                    "$"
                    if known.writes and not rest and _STORES.fullmatch(known.name)
                    else given.exact or ("1" if known.name.startswith("atomic") else "0")
                )
            else:
                words.append(what.removeprefix("$") or "1")
        register = state.registers if known.reads else -1
        event = replace(
            event, statement=f"{known.name}({', '.join(words)})", place=place, reads=known.reads,
            writes=known.writes, register=register, value=values[-1] if values else Value(),
        )  # fmt: skip
        if known.does in _LOCKED:
            return state.happened(replace(event, register=-1)), Value()
        if register >= 0:
            exact = f"r{register}"
            if event.name.startswith("try_cmpxchg"):
                exact = ""
            result = replace(result, exact=exact, deps=frozenset({register}))
        return state.happened(event), result

    def _function(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State
    ) -> Results:
        found = self.definition(name, frame.source)
        if found is None or name in self.stack or len(self.stack) > self.deep:
            return self.unseen(node, name, given, frame, state)
        source, function = found
        told = source is helpers()
        if function.has_error or not (told or self.reaches(name, frame.source, self.deep)):
            return self._skipped(node, name, found, given, frame, state)
        alias = source.alias(function)
        if alias:
            known = primitive(alias)
            if known is not None:
                return self._primitive(node, alias, known, given, frame, state)
            return self._function(node, alias, given, frame, state)
        if self.closed and not (told or function.macro):
            return self._called(node, name, given, frame, state, quiet=False)
        inner = self.frame_of(source, function, frame.at(node))
        if inner is None:
            return self.unseen(node, name, given, frame, state)
        callee, body = inner
        starts: list[State] = []
        if function.macro:
            pairs = dict(zip(function.parameters, ((g, frame) for g in given), strict=False))
            callee = replace(callee, given=pairs)
            starts = [state]
        else:
            for after, values in self.arguments(given, frame, state):
                for parameter, value in zip(function.parameters, values, strict=False):
                    after = self.assigned(after, parameter, value, callee)
                starts.append(after)
        self.stack.append(name)
        out: Results = []
        for start in starts:
            for after, _, value in self.run(body, callee, start):
                struct = value.struct or self.types.returned(name)
                out.append((after, replace(value, struct=struct)))
        self.stack.pop()
        return out

    def _skipped(
        self, node: Node, name: str, found: tuple[SourceFile, Function], given: list[Node],
        frame: Frame, state: State,
    ) -> Results:  # fmt: skip
        """A helper that does nothing of interest, as far as can be seen."""
        struct = self.types.returned(name)
        hidden = self._hidden(*found, self.deep)
        out: Results = []
        for after, values in self.arguments(given, frame, state):
            deps = frozenset().union(*(one.deps for one in values)) if values else frozenset()
            if hidden:
                after = after.happened(self._opaque(node, name, frame))
            words = ", ".join(one.text for one in values)
            out.append((after, Value(text=f"{name}({words})", deps=deps, struct=struct)))
        return out

    def _hidden(self, source: SourceFile, function: Function, deep: int) -> bool:
        """True if a helper calls what cannot be seen and may order."""
        for call in source.calls(function):
            if order_of(call.name) is not None or _SILENT.fullmatch(call.name):
                continue
            if call.name.isupper() or call.name == function.name:
                continue
            inner = self.definition(call.name, source)
            if inner is None or deep <= 0 or self._hidden(*inner, deep - 2):
                return True
        return False

    def unseen(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State
    ) -> Results:
        order = order_of(name) if name else None
        quiet = bool(name) and (
            _SILENT.fullmatch(name) is not None
            or (name.isupper() and order is None and not _is_statement(node))
            or (order is not None and not order & ORDERING)
        )
        return self._called(node, name, given, frame, state, quiet=quiet)

    def _called(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State, *, quiet: bool
    ) -> Results:
        """A call that is not looked into; it may do anything if it is not ``quiet``."""
        out: Results = []
        struct = self.types.returned(name) if _WORD.fullmatch(name) else ""
        for after, values in self.arguments(given, frame, state):
            deps = frozenset().union(*(one.deps for one in values)) if values else frozenset()
            if not quiet:
                after = after.happened(self._opaque(node, name, frame))
            words = ", ".join(one.text for one in values)
            out.append((after, Value(text=f"{name}({words})", deps=deps, struct=struct)))
        return out

    def _opaque(self, node: Node, name: str, frame: Frame) -> Event:
        order = order_of(name) or Order.NONE
        return Event(
            Does.OPAQUE, name, *frame.where(node), frame.at(node),
            orders=bool(order & ORDERING),
        )  # fmt: skip


def _is_statement(node: Node) -> bool:
    """True of what stands alone, for what it does: a macro in capitals is no constant there."""
    return node.parent is not None and node.parent.type == "expression_statement"
