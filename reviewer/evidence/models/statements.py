"""What statements do on a path: branches, loops up to a bound, jumps to labels of open blocks."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from reviewer.evidence.models.expressions import Expressions
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.values import Does, Event, Value

Outcome = tuple[State, str, Value]
"""A path behind a statement: its state, how it leaves ('' to go on), and the value it leaves."""

TURNS = 2
"""Turns of a loop that are followed: two show what one turn leaves to the next."""
RECENT = 6
"""Events that two paths must share to be taken for one."""
PATHS = 48
"""Paths that are followed side by side."""
JUMPS = 2
"""Times that a path may pass a label by a jump."""
_NOTHING = Value()
_LEAVES = frozenset(("return_statement", "goto_statement", "break_statement", "continue_statement"))


class Statements(Expressions):
    """Follows statements; ``left_out`` says what was not followed."""

    left_out: dict[str, None]

    def run(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        """The paths through a statement."""
        work = getattr(self, f"_run_{node.type}", None)
        if work is not None:
            found: list[Outcome] = work(node, frame, state)
            return self._few(found, frame)
        return [(after, "", value) for after, value in self.value(node, frame, state)]

    def _few(self, found: list[Outcome], frame: Frame) -> list[Outcome]:
        """Paths on which the same happened lately become one.

        What a barrier stands between is near it; what came long before makes no difference.
        """
        merged: dict[tuple[object, str], Outcome] = {}
        for state, leaves, value in found:
            key = (state.lately(RECENT), leaves)
            known = merged.get(key)
            if known is None:
                merged[key] = (state, leaves, value)
            else:
                joint = _joint(known[2], value)
                merged[key] = (_joined(known[0], state), leaves, joint)
        if len(merged) > PATHS:
            self.left_out.setdefault(f"some paths of {frame.function.name}(): there are too many")
        return list(merged.values())[:PATHS]

    def _sequence(
        self, children: list[Node], frame: Frame, paths: list[Outcome], first: int = 0
    ) -> list[Outcome]:
        """Statements one after the other; jumps to their labels are followed."""
        done: list[Outcome] = []
        waiting: list[tuple[int, list[Outcome]]] = [(first, paths)]
        labels = {frame.word(c.children[0]): i for i, c in enumerate(children)
                  if c.type == "labeled_statement"}  # fmt: skip
        while waiting:
            at, live = waiting.pop()
            for index in range(at, len(children)):
                after: list[Outcome] = []
                for state, _, _ in live:
                    after += self.run(children[index], frame, state)
                live = []
                for state, leaves, value in self._few(after, frame):
                    if not leaves:
                        live.append((state, "", value))
                    elif leaves.startswith("goto ") and leaves[5:] in labels:
                        jumped = self._jumped(state, leaves[5:], frame)
                        if jumped is not None:
                            waiting.append((labels[leaves[5:]], [(jumped, "", _NOTHING)]))
                    else:
                        done.append((state, leaves, value))
                if not live:
                    break
            done += live
        return self._few(done, frame)

    def _jumped(self, state: State, label: str, frame: Frame) -> State | None:
        key = f"goto {label}"
        count = state.env.get((frame.number, key), _NOTHING).text
        if len(count) >= JUMPS:
            return None
        return state.bound(frame.number, key, Value(text=count + "*"))

    def _run_compound_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        children = [child for child in node.named_children if child.type != "comment"]
        return self._sequence(children, frame, [(state, "", _NOTHING)])

    def _run_labeled_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        children = [c for c in node.named_children[1:] if c.type != "comment"]
        return self._sequence(children, frame, [(state, "", _NOTHING)])

    def _run_else_clause(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        return self._run_compound_statement(node, frame, state)

    def _run_expression_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        paths: list[Outcome] = [(state, "", _NOTHING)]
        for child in node.named_children:
            paths = [
                (after, "", value)
                for before, _, _ in paths
                for after, value in self.value(child, frame, before)
            ]
        return paths

    def _run_if_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        condition = node.child_by_field_name("condition")
        arms = (node.child_by_field_name("consequence"), node.child_by_field_name("alternative"))
        forks = any(arm is not None and self._turns(arm, frame) for arm in arms)
        word = frame.parsed.rewrites.get(node.start_byte, "")
        if word:
            return self._scoped(node, word, frame, state)
        out: list[Outcome] = []
        for middle, test in self.value(condition, frame, state):
            if not forks:
                out.append((self._passed_by(arms, frame, middle), "", _NOTHING))
                continue
            for taken, arm in zip((True, False), arms, strict=True):
                if test.truth is not None and test.truth is not taken:
                    continue
                passed = self.branch(middle, test, taken, condition, frame)
                out += self.run(arm, frame, passed) if arm is not None else [(passed, "", _NOTHING)]
        return out

    def _passed_by(self, arms: tuple[Node | None, ...], frame: Frame, state: State) -> State:
        """The state behind branches that do nothing of interest: what they set is not known."""
        for arm in arms:
            if arm is None:
                continue
            for name in _assigned(arm, frame):
                known = state.env.get((frame.number, name))
                if known is not None:
                    struct = known.struct
                    state = state.bound(frame.number, name, Value(name, deps=known.deps,
                                                                  struct=struct))  # fmt: skip
        return state

    def _scoped(self, node: Node, word: str, frame: Frame, state: State) -> list[Outcome]:
        """``scoped_guard(…)`` and other macros that a statement follows and that run it once."""
        condition = node.child_by_field_name("condition")
        event = Event(Does.OPAQUE, word, *frame.where(node), frame.at(node),
                      orders=True)  # fmt: skip
        for after, _ in self.value(condition, frame, state.happened(event)):
            state = after
        body = node.child_by_field_name("consequence")
        out = self.run(body, frame, state) if body is not None else []
        return [(after.happened(event), leaves, value) for after, leaves, value in out]

    def _turns(self, node: Node, frame: Frame) -> bool:
        """True if it matters whether a statement is run."""
        return self.matters(node, frame) or _leaves(node)

    def _loop(
        self, node: Node, frame: Frame, starts: list[State], *, first: bool = False
    ) -> list[Outcome]:
        """A loop; with ``first`` its body comes before its condition."""
        condition = node.child_by_field_name("condition")
        update = node.child_by_field_name("update")
        body = node.child_by_field_name("body")
        if not self._turns(node, frame):
            return [(self._passed_by((node,), frame, one), "", _NOTHING) for one in starts]
        done: list[Outcome] = []
        live = starts
        for turn in range(TURNS + 1):
            entered: list[State] = []
            for state in live:
                if condition is None or (first and turn == 0):
                    entered.append(state)
                    continue
                for middle, test in self.value(condition, frame, state):
                    if test.truth is not True:
                        left = self.branch(middle, test, False, condition, frame)
                        done.append((left, "", _NOTHING))
                    if test.truth is not False:
                        entered.append(self.branch(middle, test, True, condition, frame))
            if turn == TURNS or body is None:
                break
            after: list[Outcome] = []
            for state in entered:
                after += self.run(body, frame, state)
            live = []
            for state, leaves, value in self._few(after, frame):
                if leaves == "break":
                    done.append((state, "", _NOTHING))
                elif leaves in ("", "continue"):
                    live += [one for one, _ in self.value(update, frame, state)]
                else:
                    done.append((state, leaves, value))
            if not live:
                break
        return done

    def _run_while_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        word = frame.parsed.rewrites.get(node.start_byte, "")
        if not word:
            return self._loop(node, frame, [state])
        return self._iterated(node, word, frame, state)

    def _iterated(self, node: Node, word: str, frame: Frame, state: State) -> list[Outcome]:
        """``list_for_each_entry(…)`` and its like: the body runs never, once or twice."""
        condition = node.child_by_field_name("condition")
        body = node.child_by_field_name("body")
        heads = [one for one, _ in self.value(condition, frame, state)]
        if body is None or not self._turns(body, frame):
            return [(one, "", _NOTHING) for one in heads]
        done: list[Outcome] = [(one, "", _NOTHING) for one in heads]
        live = heads
        for _ in range(TURNS):
            after: list[Outcome] = []
            for one in live:
                after += self.run(body, frame, one)
            live = []
            for one, leaves, value in self._few(after, frame):
                if leaves in ("", "continue"):
                    live.append(one)
                done.append((one, "" if leaves in ("break", "continue") else leaves, value))
        return done

    def _run_do_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        return self._loop(node, frame, [state], first=True)

    def _run_for_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        first = node.child_by_field_name("initializer")
        starts = [state]
        if first is not None:
            starts = [after for after, _, _ in self.run(first, frame, state)]
        return self._loop(node, frame, starts)

    def _run_switch_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        body = node.child_by_field_name("body")
        condition = node.child_by_field_name("condition")
        if body is None:
            return [(state, "", _NOTHING)]
        cases = [child for child in body.named_children if child.type != "comment"]
        out: list[Outcome] = []
        for middle, test in self.value(condition, frame, state):
            starts = [i for i, case in enumerate(cases) if case.type == "case_statement"]
            event = self.branch(middle, replace(test, exact=""), True, condition, frame)
            for start in starts:
                out += self._sequence(cases, frame, [(event, "", _NOTHING)], start)
            if not any(case.children and case.children[0].type == "default" for case in cases):
                out.append((event, "", _NOTHING))
        return [(s, "" if leaves == "break" else leaves, value) for s, leaves, value in out]

    def _run_case_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        label = node.child_by_field_name("value")
        children = [
            child
            for child in node.named_children
            if child.type != "comment" and (label is None or child.id != label.id)
        ]
        return self._sequence(children, frame, [(state, "", _NOTHING)])

    def _run_return_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        inner = node.named_children[0] if node.named_children else None
        return [(after, "return", value) for after, value in self.value(inner, frame, state)]

    def _run_goto_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        label = node.child_by_field_name("label")
        return [(state, f"goto {frame.word(label)}" if label is not None else "", _NOTHING)]

    def _run_break_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        return [(state, "break", _NOTHING)]

    def _run_continue_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        return [(state, "continue", _NOTHING)]

    def _run_declaration(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        live = [state]
        for child in node.children_by_field_name("declarator"):
            if child.type != "init_declarator":
                continue
            name = _declared(child, frame)
            after: list[State] = []
            for one in live:
                for done, value in self.value(child.child_by_field_name("value"), frame, one):
                    after.append(self.assigned(done, name, value, frame))
            live = after
        return [(one, "", _NOTHING) for one in live]

    def assigned(self, state: State, name: str, value: Value, frame: Frame) -> State:
        """The state with a local variable set; it goes by its own name if the value has none."""
        struct = value.struct or frame.structs.get(name, "")
        return state.bound(
            frame.number, name, replace(value, text=value.text or name, struct=struct)
        )


def _declared(node: Node | None, frame: Frame) -> str:
    while node is not None and node.type != "identifier":
        inner = node.child_by_field_name("declarator")
        node = inner if inner is not None else next(iter(node.named_children), None)
    return frame.word(node) if node is not None else ""


def _assigned(node: Node, frame: Frame) -> set[str]:
    """Local names that a statement assigns."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.type == "assignment_expression":
            left = one.child_by_field_name("left")
            if left is not None and left.type == "identifier":
                found.add(frame.word(left))
        waiting.extend(one.named_children)
    return found


def _leaves(node: Node) -> bool:
    if node.type in _LEAVES:
        return True
    return any(_leaves(child) for child in node.named_children)


def _joined(one: State, other: State) -> State:
    """Two paths on which the same happened: what differs is not known any more.

    If they differ further back, the first one is kept as it is: its registers are its own.
    """
    if one.last is not other.last:
        return one
    env = dict(one.env)
    for key, value in other.env.items():
        known = env.get(key)
        env[key] = value if known is None else _joint(known, value)
    return replace(one, env=env, registers=max(one.registers, other.registers))


def _joint(one: Value, other: Value) -> Value:
    if one == other:
        return one
    return Value(
        text=one.text if one.text == other.text else f"{one.text}|{other.text}"[:60],
        exact=one.exact if one.exact == other.exact else "",
        deps=one.deps | other.deps,
        place=one.place if one.place == other.place else None,
        struct=one.struct if one.struct == other.struct else "",
    )
