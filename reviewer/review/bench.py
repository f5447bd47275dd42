"""Which rules run, and the reader that knows their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from reviewer.claims.again import Again
from reviewer.claims.extract import Reader
from reviewer.claims.lexicon import builtin_lexicon
from reviewer.claims.model import Kind
from reviewer.claims.patterns import Pattern, PatternFile, builtin_patterns
from reviewer.errors import no_such
from reviewer.mmu.machine import machines as machines_known
from reviewer.program.older import Older, open_older
from reviewer.review.model import Selection
from reviewer.rule import Rule, builtin_rules, load_rules


@dataclass(frozen=True)
class Bench:
    """The rules that run, and the reader that knows their words; built once a process."""

    rules: tuple[Rule, ...]
    folders: tuple[Path, ...] = ()
    """Folders of rules whose words the reader knows beside those of kstale's own."""
    machines: tuple[str, ...] = ()
    was: tuple[str, ...] = ()

    @cached_property
    def reader(self) -> Reader:
        """Reads comments; made when the first is read, for it costs as much as the rules."""
        return _reader(self.folders)

    @cached_property
    def again(self) -> Again:
        """Its readings of the comments of a patch's files, which are read before and after it."""
        return Again(self.reader.reading)

    @cached_property
    def by_kind(self) -> Mapping[Kind, tuple[Rule, ...]]:
        """The rules that read a kind of claim, in their order, those that only fall back last."""
        ordered = sorted(self.rules, key=lambda one: one.fallback)
        return {kind: tuple(r for r in ordered if kind in r.kinds) for kind in Kind}

    @property
    def older(self) -> tuple[Older, ...]:
        """The older trees that were asked for. Raises TreeError."""
        return open_older(self.was)


@lru_cache(maxsize=8)
def prepare(selection: Selection) -> Bench:
    """Load and choose the rules. Raises RuleError, and KstaleError for a name that is no rule."""
    every = load_rules(builtin_rules(), *selection.folders)
    known = {rule.name for rule in every} | {rule.family for rule in every}
    for name in (*selection.only, *selection.enabled, *selection.disabled):
        if name not in known:
            raise no_such("rule or family", name, known, "kstale rules")
    if selection.machines:
        machines = {one.name for one in machines_known()}
        for name in selection.machines:
            if name not in machines:
                raise no_such("machine", name, machines, "kstale machines")
    rules = tuple(rule for rule in every if _runs(rule, selection))
    return Bench(rules, selection.folders, selection.machines, selection.was)


def verify(selection: Selection) -> None:
    """Raises as ``prepare`` does, without loading a rule where no more than trees are selected."""
    if replace(selection, was=()) != Selection():
        prepare(selection)


@lru_cache(maxsize=4)
def _reader(folders: tuple[Path, ...]) -> Reader:
    """A reader with the words and patterns of all rules, whether they run or not."""
    words: dict[str, tuple[str, ...]] = {}
    patterns: list[Pattern] = []
    for rule in load_rules(builtin_rules(), *folders):
        patterns.extend(rule.patterns)
        for concept, given in rule.words.items():
            words[concept] = words.get(concept, ()) + given
    file = builtin_patterns()
    return Reader(
        builtin_lexicon().with_words(words),
        PatternFile(file.patterns + tuple(patterns), file.macros),
    )


def _runs(rule: Rule, selection: Selection) -> bool:
    names = {rule.name, rule.family}
    if names & set(selection.disabled):
        return False
    if selection.only:
        return bool(names & set(selection.only))
    return rule.default or bool(names & set(selection.enabled))
