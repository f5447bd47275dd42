"""The rule API: what a rule is, the examples that prove it, and how rules are found.

A rule is one file below ``rules/<family>/``. It declares which claims it reads, judges them
against code facts and the tree, and carries stale and sound examples that the test suite runs.
Nothing is registered by hand: ``load_rules`` imports each file of the folder.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from reviewer.claims.model import Claim, Kind, Modality
from reviewer.claims.patterns import Pattern
from reviewer.data import data_folder
from reviewer.errors import RuleError
from reviewer.judging.watch import Watch
from reviewer.verdict import Severity, Tier, Verdict
from reviewer.world import World


@dataclass(frozen=True, slots=True)
class Reads:
    """Which claims a rule judges; a concept covers those below it (``lock`` covers ``lock:x``)."""

    kind: Kind
    subject: tuple[str, ...] = ()
    object: tuple[str, ...] = ()

    def match(self, claim: Claim) -> bool:
        """True if the claim is of this kind and its terms fall under the concepts."""
        if claim.kind is not self.kind:
            return False
        if self.subject and not under(claim.about, self.subject):
            return False
        if self.object:
            return claim.object is not None and under(claim.object.concept, self.object)
        return True


@lru_cache(maxsize=1 << 14)
def under(concept: str, roots: tuple[str, ...]) -> bool:
    """True if a concept is one of ``roots`` or below one (separators ``.`` and ``:``)."""
    return any(concept == root or concept.startswith((root + ".", root + ":")) for root in roots)


@dataclass(frozen=True, slots=True)
class Example:
    """A small C file of our own with a comment that a rule must flag, or must not.

    ``words`` are the words of the comment the finding rests on (stale examples only);
    ``files`` are further files of the little tree the example lives in.
    """

    code: str
    words: str = ""
    path: str = "mm/example.c"
    files: Mapping[str, str] = field(default_factory=dict)
    older: Mapping[str, str] = field(default_factory=dict)
    """Files of an older tree, if the rule asks what there was."""
    breaks: str = ""
    before: str = ""
    """The file before a patch that made it ``code``, for rules that judge what a patch removes."""
    broken_on: tuple[str, ...] = ()
    """Machines that the finding must name as broken, if any matter."""


class Rule(ABC):
    """One family of claims and how it is judged.

    The class docstring is what ``kstale explain`` prints: what is taken for granted, why it
    breaks, where it still holds, what to write instead, limits and references.
    """

    name: ClassVar[str]
    """The false assumption in words: ``flush-excludes-walker``."""
    family: ClassVar[str]
    since: ClassVar[str]
    severity: ClassVar[Severity] = Severity.MEDIUM
    tier: ClassVar[Tier] = Tier.STRONG
    """How sure its findings are, where a verdict does not say so itself."""
    default: ClassVar[bool] = True
    """False for a rule whose findings are not yet nine in ten right; ``--enable`` runs it."""
    general: ClassVar[bool] = False
    """True if its finding gives way to another rule's on the same comment."""
    shown_by: ClassVar[frozenset[str]] = frozenset()
    """Rules that find the same of a claim and show more: its finding gives way to one of theirs
    that is no hint."""
    fallback: ClassVar[bool] = False
    """True if it is asked only where no other rule has decided the claim."""
    also: ClassVar[frozenset[Modality]] = frozenset()
    """What it judges beside what is asserted: a name that an older tree had is no supposition,
    though the sentence that mentions it be one."""
    tree_wide: ClassVar[bool] = False
    """True if the rule asks the index of the whole tree."""
    watches: ClassVar[tuple[Watch, ...]] = ()
    """Files whose code decides claims of this rule that stand in other files."""
    reads: ClassVar[tuple[Reads, ...]]
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Further lexicon entries: concept to words."""
    patterns: ClassVar[tuple[Pattern, ...]] = ()
    """Further sentence patterns."""
    stale: ClassVar[tuple[Example, ...]]
    sound: ClassVar[tuple[Example, ...]]

    @abstractmethod
    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Judge one asserted claim; None means it is not this rule's after all."""

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        """Kinds of claims it reads: a quick no to most."""
        return frozenset(reads.kind for reads in self.reads)

    def wants(self, claim: Claim) -> bool:
        """True if some entry of ``reads`` matches the claim."""
        return any(reads.match(claim) for reads in self.reads)

    @property
    def folder(self) -> Path:
        """The folder of the rule's file, where its scenarios live."""
        return Path(inspect.getfile(type(self))).parent


def builtin_rules() -> Path:
    """The folder of kstale's own rules: the checkout's ``rules/``, or the wheel's copy."""
    return data_folder("rules")


@lru_cache(maxsize=8)
def load_rules(*folders: Path) -> tuple[Rule, ...]:
    """Import every rule file of the folders (kstale's own if none), sorted by family and name.

    Raises RuleError if a file cannot be imported or declares an incomplete or duplicate rule.
    """
    rules: dict[str, Rule] = {}
    for folder in folders or (builtin_rules(),):
        if not folder.is_dir():
            raise RuleError(f"{folder}: no such folder of rules")
        for file in sorted(folder.rglob("*.py")):
            if file.name.startswith("_"):
                continue
            for rule in _rules_in(file):
                if rule.name in rules:
                    raise RuleError(f"{file}: rule {rule.name} is defined twice")
                rules[rule.name] = rule
    return tuple(sorted(rules.values(), key=lambda rule: (rule.family, rule.name)))


def _rules_in(file: Path) -> Iterator[Rule]:
    module = _import(file)
    for _, found in inspect.getmembers(module, inspect.isclass):
        if found.__module__ != module.__name__ or not issubclass(found, Rule):
            continue
        if inspect.isabstract(found):
            continue
        missing = [
            name
            for name in ("name", "family", "since", "reads", "stale", "sound")
            if not hasattr(found, name)
        ]
        if not (found.__doc__ or "").strip():
            missing.append("docstring")
        if missing:
            raise RuleError(f"{file}: {found.__name__} lacks {', '.join(missing)}")
        yield found()


def _import(file: Path) -> ModuleType:
    digest = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:8]
    name = f"kstale_rules_{digest}_{file.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise RuleError(f"{file}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, ImportError, AttributeError, NameError, TypeError) as error:
        del sys.modules[name]
        raise RuleError(f"{file}: {error}") from error
    return module
