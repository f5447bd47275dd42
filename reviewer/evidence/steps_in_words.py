"""Two steps that a comment orders in plain words, found in the code below it by their names.

"Set the status before raising the irq" over code that first assigns ``status`` and further down
calls what has ``raise`` and ``irq`` in its name. Of each step most of its telling words must be
parts of the names in one statement, or what that statement's operation is called in English. That
both stand there in that order agrees with the comment; which way the code runs is not asked.

Of 11 agreements in some 2,500 files of 6.12 all were read: ten were right, one comment was no order
at all, and in one the second place shown was another statement than the one that is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.claims.model import Claim
from reviewer.claims.wording.steps import steps_of
from reviewer.evidence.alike import alike
from reviewer.judging.place import function_around
from reviewer.kernel import primitive
from reviewer.source.model import AnchorKind, Function
from reviewer.verdict import Location, Verdict, agrees
from reviewer.world import World

_NEAR = 3
"""Statements below the comment among which the step has to be that it stands over."""
_NAME = re.compile(rb"[A-Za-z_]\w*")
_STATEMENT = re.compile(rb"[^;{}]+")
_CALLED = {
    "lock.acquire": "take hold grab acquire lock get",
    "lock.release": "drop release unlock lock give",
    "lock.assert": "hold lock",
    "ref.get": "take get bump increment grab hold refcount reference ref count",
    "ref.put": "drop put decrement release",
    "context.irq_off": "disable mask irqs interrupts irq interrupt",
    "context.irq_on": "enable unmask irqs interrupts irq interrupt",
    "wait": "wait sync drain",
    "rcu.synchronize": "wait grace period rcu synchronize",
    "wake": "wake signal",
}
"""What operations are called in English, by what they do."""
_OPPOSITES = (
    ("lock.acquire", "lock.release"),
    ("ref.get", "ref.put"),
    ("context.irq_off", "context.irq_on"),
)
"""What is no such step whatever else its names have: "take the fish lock" over its release."""
_DONE = (
    (
        re.compile(rb"(?<![=!<>])=(?!=)|\bWRITE_ONCE\b|_assign\w*\s*\("),
        "set store update write assign",
    ),
    (re.compile(rb"=\s*(?:0|NULL|false)\b|&=\s*~"), "clear reset zero"),
    (re.compile(rb"\+\+|\+="), "increment bump count"),
    (re.compile(rb"--|-="), "decrement drop"),
    (re.compile(rb"^\s*(?:if|while)\b"), "check test look"),
    (re.compile(rb"\bREAD_ONCE\b|_dereference\w*\s*\("), "read load fetch look"),
)
"""What statements do by their form, in English."""
_NOT_NAMES = frozenset(b"if else for while do switch case return goto break continue".split())


@dataclass(frozen=True, slots=True)
class _Statement:
    at: int
    words: frozenset[str]
    against: frozenset[str] = frozenset()
    """What only the opposite of its operations is called."""


def in_words(claim: Claim, world: World) -> Verdict | None:
    """Agrees if the code below a comment takes both steps, in the order that it says."""
    function = function_around(claim, world)
    steps = steps_of(claim)
    if function is None or steps is None or function.has_error:
        return None
    anchor = claim.comment.anchor
    if anchor.kind not in (AnchorKind.STATEMENTS, AnchorKind.BRANCH):
        return None
    first, then, _ = steps
    every = list(_statements(world, function))
    below = [one for one in every if one.at >= anchor.start_byte]
    early = steps.here == "first"
    mine, other = (first, then) if early else (then, first)
    here = next((one for one in below[:_NEAR] if _is(mine, one)), None)
    if here is None:
        return None
    if early:
        there = next((one for one in below if one.at > here.at and _is(other, one)), None)
    else:
        there = next((one for one in reversed(every) if one.at < here.at and _is(other, one)), None)
    if there is None:
        return None
    sooner, later = sorted((here, there), key=lambda one: one.at)
    at = [world.source.line_of(one.at) for one in (sooner, later)]
    return agrees(
        f"{function.name}() does first the one and then the other, by their names",
        Location(world.path, at[0], " ".join(sorted(first))),
        Location(world.path, at[1], " ".join(sorted(then))),
        partial=True,
    )


def _is(step: frozenset[str], statement: _Statement) -> bool:
    if step & statement.against:
        return False
    found = sum(any(alike(word, part) for part in statement.words) for word in step)
    return 2 * found > len(step)


def _statements(world: World, function: Function) -> Iterator[_Statement]:
    """The statements of a function, in the order of the text, with the words of their names."""
    code = world.source.code(function.body_start, function.body_end)
    for match in _STATEMENT.finditer(code):
        names = [one for one in _NAME.findall(match[0]) if one not in _NOT_NAMES]
        if not names:
            continue
        words: set[str] = set()
        against: set[str] = set()
        for raw in names:
            name = raw.decode("latin-1")
            words.update(part for part in name.lower().split("_") if part)
            words.update(_said_of(name))
            against.update(_said_against(name))
        for form, said in _DONE:
            if form.search(match[0]):
                words.update(said.split())
        begin = function.body_start + match.start() + _NAME.search(match[0]).start()  # type: ignore[union-attr]
        yield _Statement(begin, frozenset(words), frozenset(against - words))


def _said_of(name: str) -> Iterator[str]:
    known = primitive(name)
    if known is None:
        return
    for concept, words in _CALLED.items():
        if known.does(concept):
            yield from words.split()


def _said_against(name: str) -> Iterator[str]:
    known = primitive(name)
    if known is None:
        return
    for one, other in _OPPOSITES:
        if known.does(one) != known.does(other):
            yield from _CALLED[other if known.does(one) else one].split()
