"""The paths of a C function as events: accesses to what is asked about, and all that orders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from reviewer.evidence.models.expressions import Results, TooLongError
from reviewer.evidence.models.frames import OWN, Frame, State
from reviewer.evidence.models.primitives import Primitive, primitive
from reviewer.evidence.models.statements import Outcome, Statements
from reviewer.evidence.models.types import Types
from reviewer.evidence.models.values import Does, Event, Place, Trace, Traces, Value
from reviewer.kernel.order import FULL, SECTIONS, Order
from reviewer.kernel.table import order_of
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

MARK = "(here)"
"""The event of passing the statement that was asked about."""
ORDERING = FULL | SECTIONS
"""What orders more than the accesses that depend on it."""
DEEP = 3
"""Helpers inside each other that are followed."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_CALLED = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(")
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


@lru_cache(maxsize=1)
def helpers() -> SourceFile:
    """What some kernel helpers do, in a few accesses each."""
    file = Path(__file__).with_name("helpers.c")
    return SourceFile.parse(OWN + file.name, file.read_bytes())


class Tracer(Statements):
    """Follows the paths of one function of a file; ``words`` are the members asked about."""

    def __init__(self, world: World, words: frozenset[str], mark: int = -1) -> None:
        """``mark`` is the offset of a statement whose beginning is to be an event."""
        super().__init__(Types(world))
        self._mark = mark
        self._world = world
        self._words = words
        self.left_out = {}
        self._frames = 0
        self._home = ""
        self._reach: dict[tuple[str, str], bool] = {}
        self._stack: list[str] = []
        self._near: dict[tuple[str, int, int, int], bool] = {}

    def traces(self, source: SourceFile, function: Function) -> Traces:
        """Every path of the function."""
        self._home = source.path
        body = self._frame(source, function, 0)
        if body is None:
            why = f"{function.name}() could not be parsed"
            return Traces(function.name, source.path, (), (why,))
        frame, node = body
        self._stack.append(function.name)
        state = State()
        for name in function.parameters:
            state = state.bound(
                frame.number, name, Value(text=name, struct=frame.structs.get(name, ""))
            )
        try:
            found = self.run(node, frame, state)
        except TooLongError:
            why = f"{function.name}() has more paths than can be followed"
            return Traces(function.name, source.path, (), (why,))
        self._stack.pop()
        traces = dict.fromkeys(Trace(state.events()) for state, _, _ in found)
        return Traces(function.name, source.path, tuple(traces), tuple(self.left_out))

    def _frame(self, source: SourceFile, function: Function, top: int) -> tuple[Frame, Node] | None:
        parsed = source.parsed(function)
        if parsed.root is None or parsed.has_error:
            return None
        body = next(
            (
                inner
                for child in parsed.root.named_children
                if child.type == "function_definition"
                and (inner := child.child_by_field_name("body")) is not None
            ),
            None,
        )
        if body is None:
            return None
        self._frames += 1
        names = function.parameters + _locals(source, function, body)
        structs = {} if function.macro else self.types.locals_of(source, function)
        home = self._home or source.path
        return Frame(
            self._frames, source, function, parsed, structs, names, top=top, home=home
        ), body

    # --- what is asked about --------------------------------------------------------------

    def asked(self, place: Place) -> bool:
        return not self._words.isdisjoint(re.split(r"[.#\[\]]+", place.member))

    def is_global(self, name: str, frame: Frame) -> bool:
        return name in variables(frame.source)

    def matters(self, node: Node, frame: Frame) -> bool:
        key = (frame.source.path, frame.parsed.base, node.start_byte, node.end_byte)
        known = self._near.get(key)
        if known is None:
            text = frame.word(node)
            known = not self._words.isdisjoint(_WORD.findall(text)) or any(
                self._wanted(word, frame) for word in dict.fromkeys(_CALLED.findall(text))
            )
            self._near[key] = known
        return known

    def _wanted(self, word: str, frame: Frame) -> bool:
        order = order_of(word)
        if order is not None and helpers().definition(word) is None:
            return bool(order & FULL) and not order & SECTIONS
        return self._reaches(word, frame.source, DEEP)

    def _reaches(self, name: str, source: SourceFile, deep: int) -> bool:
        """True if a helper touches what is asked about, or orders."""
        key = (source.path, name)
        known = self._reach.get(key)
        if known is not None or deep <= 0:
            return bool(known)
        self._reach[key] = False
        found = self._definition(name, source)
        if found is None:
            return False
        where, function = found
        names = where.identifiers(function.body_start, function.body_end)
        called = _called(where, function.start_byte, function.body_end)
        if not self._words.isdisjoint(names) or any(
            (order := order_of(word) or Order.NONE) & FULL and not order & SECTIONS
            for word in called
        ):
            self._reach[key] = True
            return True
        for word in called:
            if order_of(word) is None and self._reaches(word, where, deep - 1):
                self._reach[key] = True
                return True
        return False

    def _definition(self, name: str, source: SourceFile) -> tuple[SourceFile, Function] | None:
        here = source.definition(name)
        if here is not None:
            return source, here
        known = helpers().definition(name)
        if known is not None:
            return helpers(), known
        if source is helpers():
            return None
        return _inline(self._world.library, self._world.source, name)

    def run(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        start = node.start_byte + frame.parsed.base
        if start == self._mark and len(self._stack) == 1 and node.type != "else_clause":
            line = frame.line(node)
            last = state.last.event if state.last is not None else None
            if last is None or last.name != MARK:
                state = state.happened(Event(Does.FENCE, MARK, frame.source.path, line, line))
        return super().run(node, frame, state)

    # --- calls ----------------------------------------------------------------------------

    def call(self, node: Node, frame: Frame, state: State) -> Results:
        target = node.child_by_field_name("function")
        listed = node.child_by_field_name("arguments")
        given = [c for c in listed.named_children if c.type != "comment"] if listed else []
        name = frame.word(target) if target is not None and target.type == "identifier" else ""
        if name in frame.given:
            inner, where = frame.given[name]
            name = where.word(inner) if inner.type == "identifier" else ""
        if not name:
            return self._unseen(node, frame.text(target) if target else "", given, frame, state)
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

    def _arguments(
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
        for after, values in self._arguments(given, frame, state):
            value = values[0] if values else Value()
            if "cpu" in name:
                value = replace(value, text=f"{value.text}@cpu")
            out.append((after, value))
        return out

    def _container(self, node: Node, given: list[Node], frame: Frame, state: State) -> Results:
        told = re.search(r"\bstruct (\w+)", frame.text(node))
        out: Results = []
        for after, values in self._arguments(given[:1], frame, state):
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
            return self._unseen(node, name, given, frame, state)
        out: Results = []
        for after, place, struct in self._located(known, given, frame, state):
            rest = [g for at, g in enumerate(given) if at not in (known.location, known.bit)]
            for done, values in self._arguments(rest, frame, after):
                out.append(self._happened(event, known, place, struct, values, done))
        return out

    def _located(
        self, known: Primitive, given: list[Node], frame: Frame, state: State
    ) -> list[tuple[State, Place, str]]:
        node = given[known.location]
        bit = f"#{frame.text(given[known.bit])}" if known.bit >= 0 else ""
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
        for after, value in self.value(node, frame, state):
            place = value.place or Place(value.struct or "?", "*", value.text, value.deps)
            out.append((after, replace(place, member=place.member + bit), value.struct))
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
        if known.does in (Does.LOCK, Does.UNLOCK):
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
        found = self._definition(name, frame.source)
        if found is None or name in self._stack or len(self._stack) > DEEP:
            return self._unseen(node, name, given, frame, state)
        source, function = found
        told = source is helpers()
        if function.has_error or not (told or self._reaches(name, frame.source, DEEP)):
            return self._skipped(node, name, found, given, frame, state)
        alias = source.alias(function)
        if alias:
            known = primitive(alias)
            if known is not None:
                return self._primitive(node, alias, known, given, frame, state)
            return self._function(node, alias, given, frame, state)
        inner = self._frame(source, function, frame.at(node))
        if inner is None:
            return self._unseen(node, name, given, frame, state)
        callee, body = inner
        starts: list[State] = []
        if function.macro:
            pairs = dict(zip(function.parameters, ((g, frame) for g in given), strict=False))
            callee = replace(callee, given=pairs)
            starts = [state]
        else:
            for after, values in self._arguments(given, frame, state):
                for parameter, value in zip(function.parameters, values, strict=False):
                    after = self.assigned(after, parameter, value, callee)
                starts.append(after)
        self._stack.append(name)
        out: Results = []
        for start in starts:
            for after, _, value in self.run(body, callee, start):
                struct = value.struct or self.types.returned(name)
                out.append((after, replace(value, struct=struct)))
        self._stack.pop()
        return out

    def _skipped(
        self, node: Node, name: str, found: tuple[SourceFile, Function], given: list[Node],
        frame: Frame, state: State,
    ) -> Results:  # fmt: skip
        """A helper that does nothing of interest, as far as can be seen."""
        struct = self.types.returned(name)
        hidden = self._hidden(*found, DEEP)
        out: Results = []
        for after, values in self._arguments(given, frame, state):
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
            inner = self._definition(call.name, source)
            if inner is None or deep <= 0 or self._hidden(*inner, deep - 2):
                return True
        return False

    def _unseen(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State
    ) -> Results:
        out: Results = []
        order = order_of(name) if name else None
        quiet = bool(name) and (
            _SILENT.fullmatch(name) is not None
            or (name.isupper() and order is None)
            or (order is not None and not order & ORDERING)
        )
        struct = self.types.returned(name) if _WORD.fullmatch(name) else ""
        for after, values in self._arguments(given, frame, state):
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

    # --- assignments ----------------------------------------------------------------------

    def _assignment_expression(self, node: Node, frame: Frame, state: State) -> Results:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sign = frame.word(node.child_by_field_name("operator") or node)
        out: Results = []
        for middle, value in self.value(right, frame, state):
            targets = self.place(left, frame, middle)
            if not targets:
                name = frame.word(left) if left is not None else ""
                if sign != "=":
                    value = replace(value, exact="", text=name)
                out.append((self.assigned(middle, name, value, frame), value))
            for after, place, struct in targets:
                out.append(self._stored(after, place, struct, value, sign, node, frame))
        return out

    def _update_expression(self, node: Node, frame: Frame, state: State) -> Results:
        target = node.child_by_field_name("argument")
        targets = self.place(target, frame, state)
        if not targets:
            name = frame.word(target) if target is not None else ""
            return [(self.assigned(state, name, Value(text=name), frame), Value())]
        return [self._stored(s, p, struct, Value(), "++", node, frame) for s, p, struct in targets]

    def _stored(
        self, state: State, place: Place, struct: str, value: Value, sign: str, node: Node,
        frame: Frame,
    ) -> tuple[State, Value]:  # fmt: skip
        if not self.asked(place):
            return state, value
        if sign != "=":
            state, old = self.load(place, struct, node, frame, state)[0]
            value = Value(deps=old.deps | value.deps, exact=f"{old.exact} + 1")
        event = Event(
            Does.ACCESS, "plain write", *frame.where(node), frame.at(node),
            statement="WRITE_ONCE(*@, $)", place=place, writes=True, value=value,
        )  # fmt: skip
        return state.happened(event), value


_STORES = re.compile(
    r"WRITE_ONCE|smp_store_(?:release|mb)|rcu_assign_pointer|atomic_set(?:_release)?"
    r"|(?:atomic_)?(?:cmp)?xchg(?:_relaxed|_acquire|_release)?"
)
"""Primitives whose last argument is what they write."""
_VARIABLE = re.compile(
    rb"^(?![ \t#}]|typedef|return)[A-Za-z_][\w \t*]*?[ \t*](\w+)[ \t]*(?:\[[^\]\n]*\][ \t]*)*"
    rb"(?:__\w+(?:\([^)\n]*\))?[ \t]*)*(?:=|;)",
    re.M,
)
_DEFINED = re.compile(
    rb"^(?:static[ \t]+)?(?:DEFINE|DECLARE|LIST_HEAD|ATOMIC)\w*\((?:[^,()\n]*,[ \t]*)?(\w+)\)", re.M
)


@lru_cache(maxsize=32)
def variables(source: SourceFile) -> frozenset[str]:
    """Names of the variables at file level."""
    code = source.code()
    found = _VARIABLE.findall(code) + _DEFINED.findall(code)
    return frozenset(name.decode() for name in found)


@traced_cache(maxsize=4096)
def _inline(library: Library, home: SourceFile, name: str) -> tuple[SourceFile, Function] | None:
    """The static inline of a name, looked up once a file."""
    return World(home, library).inline(name)


@lru_cache(maxsize=4096)
def _called(source: SourceFile, start: int, end: int) -> tuple[str, ...]:
    """Names in front of a bracket in a stretch of code, each once."""
    found = re.findall(rb"(?<![\w.>])([A-Za-z_]\w*)[ \t]*\(", source.code(start, end))
    return tuple(dict.fromkeys(name.decode() for name in found))


def _locals(source: SourceFile, function: Function, body: Node) -> tuple[str, ...]:
    """Names that a function declares."""
    found: list[str] = []
    parsed = source.parsed(function)
    waiting: list[Node] = [body]
    while waiting:
        node = waiting.pop()
        if node.type == "declaration":
            for child in node.children_by_field_name("declarator"):
                inner: Node | None = child
                while inner is not None and inner.type != "identifier":
                    step = inner.child_by_field_name("declarator")
                    inner = step if step is not None else next(iter(inner.named_children), None)
                if inner is not None:
                    found.append(parsed.text[inner.start_byte : inner.end_byte].decode("latin-1"))
        waiting.extend(node.named_children)
    return tuple(found)


def words_of(world: World, source: SourceFile, functions: Iterable[Function]) -> frozenset[str]:
    """Members and variables that functions and what they call mention."""
    tracer = Tracer(world, frozenset())
    found: set[str] = set()
    seen: set[tuple[str, int]] = set()
    waiting = [(source, one, 0) for one in functions]
    while waiting:
        where, function, deep = waiting.pop()
        if (where.path, function.start_byte) in seen:
            continue
        seen.add((where.path, function.start_byte))
        code = where.code(function.start_byte, function.body_end)
        found |= {one.decode() for one in re.findall(rb"(?:->|\.)\s*([A-Za-z_]\w*)", code)}
        names = where.identifiers(function.body_start, function.body_end)
        found |= names & variables(where)
        if deep >= DEEP:
            continue
        for name in _called(where, function.start_byte, function.body_end):
            order = order_of(name)
            if order is not None and helpers().definition(name) is None:
                continue
            inner = tracer._definition(name, where)
            if inner is not None:
                waiting.append((*inner, deep + 1))
    return frozenset(found)
