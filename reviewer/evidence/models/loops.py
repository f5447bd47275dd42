"""What loops do on a path: as many turns as are followed, then on."""

from __future__ import annotations

from tree_sitter import Node

from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.statements import Outcome, Statements
from reviewer.evidence.models.values import Value

_NOTHING = Value()


class Loops(Statements):
    """Statements that run again."""

    def may_be_empty(self, node: Node) -> bool:
        """True if a loop may end before its first turn."""
        return True

    def _loop(
        self, node: Node, frame: Frame, starts: list[State], *, first: bool = False
    ) -> list[Outcome]:
        """A loop; with ``first`` its body comes before its condition."""
        condition = node.child_by_field_name("condition")
        update = node.child_by_field_name("update")
        body = node.child_by_field_name("body")
        if not self.turns_out(node, frame):
            return [(self.passed_by((node,), frame, one), "", _NOTHING) for one in starts]
        done: list[Outcome] = []
        live = starts
        for turn in range(self.turns + 1):
            entered: list[State] = []
            for state in live:
                if condition is None or (first and turn == 0):
                    entered.append(state)
                    continue
                for middle, test in self.value(condition, frame, state):
                    if test.truth is not True and (turn > 0 or self.may_be_empty(node)):
                        left = self.branch(middle, test, False, condition, frame)
                        done.append((left, "", _NOTHING))
                    if test.truth is not False:
                        entered.append(self.branch(middle, test, True, condition, frame))
            if turn == self.turns or body is None:
                break
            after: list[Outcome] = []
            for state in entered:
                after += self.run(body, frame, state)
            live = []
            for state, leaves, value in self.few(after, frame):
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
        if body is None or not self.turns_out(body, frame):
            return [(one, "", _NOTHING) for one in heads]
        done: list[Outcome] = [(one, "", _NOTHING) for one in heads]
        live = heads
        for _ in range(self.turns):
            after: list[Outcome] = []
            for one in live:
                after += self.run(body, frame, one)
            live = []
            for one, leaves, value in self.few(after, frame):
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
