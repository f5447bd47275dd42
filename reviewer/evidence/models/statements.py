"""What statements do on a path: branches, jumps to labels of open blocks, declarations."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.joining import joined, joint
from reviewer.evidence.models.places import Places
from reviewer.evidence.models.syntax import assigned_names, declared_name, may_leave
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
_FALLTHROUGH = "fallthrough"
"""The macro that stands alone in many places: include/linux/compiler_attributes.h."""
_NOTHING = Value()


class Statements(Places):
    """Follows statements; ``left_out`` says what was not followed."""

    left_out: dict[str, None]
    turns = TURNS
    """Turns of a loop that are followed."""
    back = JUMPS
    """Times that a path may jump back to a label, which makes a loop."""

    def run(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        """The paths through a statement."""
        work = getattr(self, f"_run_{node.type}", None)
        if work is not None:
            found: list[Outcome] = work(node, frame, state)
            return self.few(found, frame)
        return [(after, "", value) for after, value in self.value(node, frame, state)]

    def few(self, found: list[Outcome], frame: Frame) -> list[Outcome]:
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
                both = joint(known[2], value)
                merged[key] = (joined(known[0], state), leaves, both)
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
                for state, leaves, value in self.few(after, frame):
                    if not leaves:
                        live.append((state, "", value))
                    elif leaves.startswith("goto ") and leaves[5:] in labels:
                        most = self.back if labels[leaves[5:]] <= index else JUMPS
                        jumped = self._jumped(state, leaves[5:], frame, most)
                        if jumped is not None:
                            waiting.append((labels[leaves[5:]], [(jumped, "", _NOTHING)]))
                    else:
                        done.append((state, leaves, value))
                if not live:
                    break
            done += live
        return self.few(done, frame)

    def _jumped(self, state: State, label: str, frame: Frame, most: int) -> State | None:
        key = f"goto {label}"
        count = state.env.get((frame.number, key), _NOTHING).text
        if len(count) >= most:
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
                for after, value in (
                    self.unseen(child, frame.word(child), [], frame, before)
                    if self._is_macro(child, frame)
                    else self.value(child, frame, before)
                )
            ]
        return paths

    def _is_macro(self, node: Node, frame: Frame) -> bool:
        """True of a statement that is one name, which does nothing but as a macro."""
        return node.type == "identifier" and self.is_macro(frame.word(node), frame)

    def is_macro(self, name: str, frame: Frame) -> bool:
        """True if a name that stands for a statement is none of a variable, nor ``fallthrough``."""
        known = name in (*frame.names, *frame.given, _FALLTHROUGH)
        return bool(name) and not known and not self.is_global(name, frame)

    def _run_if_statement(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        condition = node.child_by_field_name("condition")
        arms = (node.child_by_field_name("consequence"), node.child_by_field_name("alternative"))
        forks = any(arm is not None and self.turns_out(arm, frame) for arm in arms)
        word = frame.parsed.rewrites.get(node.start_byte, "")
        if word:
            return self._scoped(node, word, frame, state)
        out: list[Outcome] = []
        for middle, test in self.value(condition, frame, state):
            if not forks:
                out.append((self.passed_by(arms, frame, middle), "", _NOTHING))
                continue
            for taken, arm in zip((True, False), arms, strict=True):
                if test.truth is not None and test.truth is not taken:
                    continue
                passed = self.branch(middle, test, taken, condition, frame)
                out += self.run(arm, frame, passed) if arm is not None else [(passed, "", _NOTHING)]
        return out

    def passed_by(self, arms: tuple[Node | None, ...], frame: Frame, state: State) -> State:
        """The state behind branches that do nothing of interest: what they set is not known."""
        for arm in arms:
            if arm is None:
                continue
            for name in assigned_names(arm, frame):
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

    def turns_out(self, node: Node, frame: Frame) -> bool:
        """True if it matters whether a statement is run."""
        return self.matters(node, frame) or may_leave(node) or self.steers(node, frame)

    def steers(self, node: Node, frame: Frame) -> bool:
        """True if what a statement assigns decides what happens later."""
        return False

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
            name = declared_name(child, frame)
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
