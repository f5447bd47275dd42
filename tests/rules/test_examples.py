"""Every rule's own examples: stale ones are flagged on the marked words, sound ones are not."""

from __future__ import annotations

import inspect

import pytest

from reviewer.evidence.removals import removed
from reviewer.finding import Finding
from reviewer.program.older import Older
from reviewer.program.opening import open_program
from reviewer.review.bench import prepare
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.rule import Example, Rule, load_rules
from reviewer.source.file import SourceFile
from reviewer.tree.overlay import Overlay
from reviewer.world import Library
from tests.support import MemoryTree, memory_index

RULES = load_rules()


def _cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.name}-{number}")
        for rule in RULES
        for number, example in enumerate(getattr(rule, kind), 1)
    ]


def _findings(rule: Rule, example: Example) -> list[Finding]:
    files = {path: inspect.cleandoc(code) + "\n" for path, code in example.files.items()}
    files[example.path] = inspect.cleandoc(example.code) + "\n"
    tree = MemoryTree({path: code.encode() for path, code in files.items()})
    bench = prepare(Selection(only=(rule.name,)))
    older: tuple[Older, ...] = ()
    if example.older:
        past = MemoryTree({path: code.encode() for path, code in example.older.items()})
        older = (Older("6.1", open_program(past)),)
    source = SourceFile.parse(example.path, files[example.path].encode())
    before = (inspect.cleandoc(example.before) + "\n").encode()
    lost = removed(SourceFile.parse(example.path, before), source) if example.before else ()
    was = MemoryTree({path: code.encode() for path, code in files.items()} | {example.path: before})
    old = Library(was, memory_index(was)) if example.before else None
    after = Overlay(was, {one: code.encode() for one, code in files.items()}) if old else tree
    library = Library(after, memory_index(tree), removals=lost, older=older, before=old)
    return list(findings(judge_file(Judgement(bench, library), source).entries))


@pytest.mark.parametrize(("rule", "example"), _cases("stale"))
def test_stale_example_is_flagged(rule: Rule, example: Example) -> None:
    assert example.words, "a stale example marks the words it is about"
    found = _findings(rule, example)
    assert len(found) == 1, [one.verdict.message for one in found]
    quote = " ".join(found[0].quote.split())
    assert example.words in quote
    assert found[0].evidence.locations or found[0].evidence.witness
    if example.breaks:
        assert found[0].breaks.value == example.breaks
    assert set(example.broken_on) <= set(found[0].machines.broken)


@pytest.mark.parametrize(("rule", "example"), _cases("sound"))
def test_sound_example_is_not_flagged(rule: Rule, example: Example) -> None:
    assert [one.verdict.message for one in _findings(rule, example)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_is_whole(rule: Rule) -> None:
    assert rule.stale, "a rule shows at least one stale example"
    assert rule.sound, "a rule shows at least one sound example"
    assert rule.family == rule.folder.name
