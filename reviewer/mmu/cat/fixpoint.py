"""Reasons for facts of recursive definitions: none may rest on itself."""

from __future__ import annotations

from collections.abc import Callable

from reviewer.mmu.cat.evaluate import Val
from reviewer.mmu.cat.nodes import Node
from reviewer.mmu.cat.reasons import Reason


class Round:
    """Reasons for facts of a fixpoint, each from facts that an earlier step derived.

    ``holds`` gives the reason for a pair of a body, in which the variables have the values of a
    round. ``rounds`` are the values of all variables, iterate by iterate.
    """

    def __init__(
        self,
        holds: Callable[[Node, int, int, Round], Reason],
        variables: list[Node],
        bodies: list[Node],
        rounds: list[list[Val]],
    ) -> None:
        self.holds = holds
        self.variables = variables
        self.bodies = bodies
        self.rounds = rounds
        self.values: dict[int, Val] = {}
        self.memo: dict[tuple[int, int, int], Reason] = {}
        self.open_memo: dict[tuple[int, int, int], Reason] = {}
        self.inverses: dict[int, list[int]] = {}
        self.steps: dict[tuple[int, int], Round] = {}
        self.root: Round = self

    def at(self, level: int, index: int) -> Round:
        """The values that variable ``index`` of iterate ``level`` was computed from."""
        table = self.root.steps
        if (level, index) not in table:
            made = Round(self.holds, self.variables, self.bodies, self.rounds)
            made.root = self.root
            made.values = {
                variable.number: self.rounds[level if other < index else level - 1][other]
                for other, variable in enumerate(self.variables)
            }
            table[level, index] = made
        return table[level, index]

    def reason(self, index: int, a: int, b: int) -> Reason:
        """Why (a, b) is in variable ``index``, by the first iterate that has it."""
        key = (index, a, b)
        found = self.root.memo.get(key)
        if found is None:
            level = next(
                number for number, values in enumerate(self.rounds) if _has(values[index], a, b)
            )
            body = self.bodies[index]
            found = self.holds(body, a, b, self.at(level, index))
            self.root.memo[key] = found
        return found

    def earlier(self, variable: Node, a: int, b: int) -> Reason:
        """Why (a, b) is in a variable, asked within a body."""
        return self.reason(self.variables.index(variable), a, b)


def _has(value: Val, a: int, b: int) -> bool:
    return bool((value if isinstance(value, int) else value[a]) >> (a if b < 0 else b) & 1)
