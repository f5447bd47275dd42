"""Every example of patterns.toml is read as it says."""

from __future__ import annotations

import pytest

from reviewer.claims.extract import Reader, builtin_reader
from reviewer.claims.lexicon import builtin_lexicon
from reviewer.claims.model import Kind
from reviewer.claims.patterns import (
    Example,
    Pattern,
    PatternFile,
    builtin_patterns,
    load_patterns,
)
from reviewer.errors import InputError
from reviewer.source.model import AnchorKind
from tests.claims.helpers import read

CASES = [
    pytest.param(pattern, example, id=f"{pattern.name}-{number}")
    for pattern in builtin_patterns().patterns
    for number, example in enumerate(pattern.examples)
]


@pytest.mark.parametrize(("pattern", "example"), CASES)
def test_example_is_read(pattern: Pattern, example: Example) -> None:
    kind = AnchorKind.FIELD if pattern.where == "field" else AnchorKind.FUNCTION
    text = f"Context: {example.text}" if pattern.where == "context" else example.text
    claims = read(text, kind=kind)
    if example.none:
        assert pattern.name not in {claim.pattern for claim in claims}
        return
    said = [
        (claim.subject.concept, claim.object.concept if claim.object else "")
        for claim in claims
        if claim.kind is pattern.kind
    ]
    assert any(
        example.subject in {"", subject} and example.object in {"", object_}
        for subject, object_ in said
    ), said


def test_every_kind_has_patterns() -> None:
    kinds = {pattern.kind for pattern in builtin_patterns().patterns}
    by_grammar = {Kind.LEAVES, Kind.NESTS, Kind.NEEDS_NONE, Kind.SERIALIZED}
    assert kinds | by_grammar == set(Kind) - {Kind.REFERS}


def test_a_rule_brings_its_own_words_and_patterns() -> None:
    pattern = Pattern(
        name="own",
        kind=Kind.EXCLUDES,
        text="{subject:event} keeps {object:walker} away",
    )
    reader = builtin_reader().extended({"event.broom": ("magic broom",)}, (pattern,))
    text = "A magic broom keeps GUP-fast away."
    (claim,) = read(text, reader)
    assert (claim.kind, claim.subject.concept) == (Kind.EXCLUDES, "event.broom")
    assert claim.object is not None
    assert claim.object.concept == "gup-fast"
    assert read(text) == ()


def test_extending_by_nothing_is_free() -> None:
    reader = builtin_reader()
    assert reader.extended({}, ()) is reader


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{object:nonsense}", "unknown sort nonsense"),
        ("(unclosed", "unterminated"),
    ],
)
def test_a_malformed_pattern_is_named(text: str, message: str) -> None:
    pattern = Pattern(name="bad", kind=Kind.PAIRS, text=text)
    with pytest.raises(InputError, match=f"bad: .*{message}"):
        Reader(builtin_lexicon(), PatternFile((pattern,), {}))


def test_a_malformed_file_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "patterns.toml"
    file.write_text('[[pattern]]\nname = "x"\nkind = "guesses"\ntext = "a"\n')
    with pytest.raises(InputError, match=r"patterns\.toml: pattern x: .*guesses"):
        load_patterns(file)
