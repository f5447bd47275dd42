"""Witnesses: drawings that a maintainer can check by eye, data and graphs that tools can read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reviewer.errors import DoesNotApplyError
from reviewer.mmu.api import Execution, Outcome, load_model, machine_model, parse_litmus, simulate
from reviewer.mmu.machine import machine, machines
from reviewer.mmu.witness import dot, draw, execution_json, outcome_json, outcome_text, shown, svg
from reviewer.mmu.witness.order import Mark, timeline
from reviewer.mmu.witness.rows import rows
from tests.mmu.expectations import scenario_files

GOLDEN = Path(__file__).parent / "golden"


def _on(name: str, test: str) -> Outcome:
    path = next(path for path in scenario_files() if path.stem == test)
    text = path.read_text(encoding="utf-8")
    return simulate(parse_litmus(text, path.name), machine_model(machine(name)))


def _under(model: str, text: str) -> Execution:
    found = simulate(parse_litmus(text), load_model(model)).witness
    assert found is not None
    return found


def _two(first: str, second: str, asked: str) -> str:
    return (
        f"C two\n{{}}\nP0(int *x, int *y)\n{{\nint r0;\n{first}\n}}\n"
        f"P1(int *x, int *y)\n{{\nint r0;\nint r1;\n{second}\n}}\nexists ({asked})\n"
    )


SMALL = {
    "sb-tso": (
        "tso",
        _two(
            "WRITE_ONCE(*x, 1);\nr0 = READ_ONCE(*y);",
            "WRITE_ONCE(*y, 1);\nr0 = READ_ONCE(*x);",
            "0:r0=0 /\\ 1:r0=0",
        ),
    ),
    "mp-armv8": (
        "armv8",
        _two(
            "WRITE_ONCE(*x, 1);\nsmp_wmb();\nWRITE_ONCE(*y, 1);",
            "r0 = READ_ONCE(*y);\nr1 = READ_ONCE(*x);",
            "1:r0=1 /\\ 1:r1=0",
        ),
    ),
    "mp-stores-armv8": (
        "armv8",
        _two(
            "WRITE_ONCE(*x, 1);\nWRITE_ONCE(*y, 1);",
            "r0 = READ_ONCE(*y);\nsmp_rmb();\nr1 = READ_ONCE(*x);",
            "1:r0=1 /\\ 1:r1=0",
        ),
    ),
    "lb-lkmm": (
        "lkmm",
        _two(
            "r0 = READ_ONCE(*x);\nWRITE_ONCE(*y, 1);",
            "r0 = READ_ONCE(*y);\nWRITE_ONCE(*x, 1);",
            "0:r0=1 /\\ 1:r0=1",
        ),
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_reorderings_are_drawn(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"{name}.txt", draw(_under(*SMALL[name])) + "\n")


@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("flush-excludes-walker", "arm64"),
        ("collapse-no-recheck", "arm64"),
        ("ksm-transient-reference", "arm64"),
        ("split-flush-deferred", "x86-pae-native"),
        ("fork-against-pin", "arm64"),
        ("batched-flush-mprotect", "arm64"),
        ("table-freed-as-page", "x86-64-kvm"),
    ],
)
def test_races_are_drawn(test: str, name: str, golden: Callable[[Path, str], None]) -> None:
    execution = _on(name, test).witness
    assert execution is not None
    golden(GOLDEN / f"{test}-{name}.txt", draw(execution) + "\n")


def test_no_execution_where_the_flush_interrupts() -> None:
    outcome = _on("x86-64-native", "flush-excludes-walker")
    assert outcome.verdict == "Never"
    assert outcome.witness is None


def test_the_access_that_the_model_reorders_is_marked() -> None:
    """The barrier on one side says which side was reordered."""
    marked = {
        name: [(e.thread, mark) for e in line.events if (mark := line.marks.get(e.number))]
        for name in SMALL
        for line in [timeline(_under(*SMALL[name]))]
    }
    assert marked["mp-armv8"] == [(1, Mark.OLD)]
    assert [thread for thread, _ in marked["mp-stores-armv8"]] == [0]
    assert len(marked["sb-tso"]) == len(marked["lb-lkmm"]) == 1


def test_sequential_executions_need_no_marks() -> None:
    text = _two("WRITE_ONCE(*x, 1);", "r0 = READ_ONCE(*x);", "1:r0=1")
    drawn = draw(_under("sc", text))
    assert drawn.splitlines()[-3:] == [
        " " * 40 + "r0 = READ_ONCE(*x) [x == 1]",
        "",
        "=> 1:r0 = 1",
    ]
    assert not timeline(_under("sc", text)).marks


def test_the_last_line_answers_the_question() -> None:
    last = draw(_under(*SMALL["sb-tso"])).splitlines()[-1]
    assert last == "=> 0:r0 = 0, 1:r0 = 0"


def _executions() -> Iterator[tuple[str, Execution]]:
    names = ("arm64", "x86-64-kvm", "mips32", "powerpc64-radix", "riscv-sbi")
    for path in scenario_files():
        litmus = parse_litmus(path.read_text(encoding="utf-8"), path.name)
        for one in machines():
            if one.name in names:
                try:
                    witness = simulate(litmus, machine_model(one)).witness
                except DoesNotApplyError:
                    continue
                if witness is not None:
                    yield f"{path.stem} on {one.name}", witness
                    break


def test_every_scenario_can_be_drawn() -> None:
    count = 0
    for name, execution in _executions():
        _check(execution, name)
        count += 1
    assert count > 20


def _check(execution: Execution, name: str) -> None:
    """What holds for every drawing, graph and JSON of an execution."""
    events = [event.number for event in execution.events if event.thread >= 0]
    line = timeline(execution)
    assert sorted(event.number for event in line.events) == events, name
    shown = [event.number for row in rows(execution) for event in row.events]
    assert sorted(shown) == events, name
    position = {event.number: at for at, event in enumerate(line.events)}
    for first, second in execution.relations["po"]:
        assert position[first] < position[second], name
    _check_marks(execution, position, line.marks, name)
    drawn = draw(execution)
    assert drawn == draw(execution)
    assert drawn.isascii(), name
    assert all(len(text) <= 78 and text == text.rstrip() for text in drawn.splitlines()), drawn
    json.dumps(execution_json(execution))
    ElementTree.fromstring(svg(execution))
    graph = dot(execution)
    assert graph.count("{") == graph.count("}")
    assert all(f"e{event.number} [" in graph for event in execution.events)


def _check_marks(
    execution: Execution, position: dict[int, int], marks: dict[int, Mark], name: str
) -> None:
    """Whatever one CPU saw of another stands in order, or carries a mark."""
    atomic = dict(execution.relations["rmw"])
    whole = {**atomic, **{write: read for read, write in atomic.items()}}
    for relation in ("rf", "co", "fr"):
        for first, second in execution.relations[relation]:
            if position.get(first, -1) > position.get(second, len(position)):
                ends = {first, second, whole.get(first, first), whole.get(second, second)}
                assert ends & marks.keys(), f"{name}: {relation} {first} {second}"


_step = st.builds(
    str.format,
    st.sampled_from(
        (
            "WRITE_ONCE(*{}, 1);",
            "WRITE_ONCE(*{}, 2);",
            "r0 = READ_ONCE(*{});",
            "r1 = xchg_relaxed({}, 3);",
            "smp_store_release({}, 2);",
            "atomic_inc({});",
            "smp_mb();",
        )
    ),
    st.sampled_from("xyz"),
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.generate,),
)
@given(
    st.lists(st.lists(_step, min_size=1, max_size=5), min_size=2, max_size=2),
    st.sampled_from(("tso", "armv8", "power", "lkmm")),
)
def test_any_execution_can_be_drawn(bodies: list[list[str]], model: str) -> None:
    threads = "".join(
        f"P{number}(int *x, int *y, int *z)\n{{\nint r0;\nint r1;\n{chr(10).join(body)}\n}}\n"
        for number, body in enumerate(bodies)
    )
    text = f"C random\n{{}}\n{threads}exists (x=2 \\/ y=2 \\/ 0:r0=2 \\/ 1:r1=1)\n"
    outcome = simulate(parse_litmus(text), load_model(model))
    for execution in (outcome.witness, outcome.counterexample):
        if execution is not None:
            _check(execution, text)


def test_many_reorderings_are_drawn_in_time() -> None:
    """Store buffering four times over: four marks, found without trying all."""
    pairs = [(f"a{n}", f"b{n}") for n in range(4)]
    arguments = ", ".join(f"int *{name}" for pair in pairs for name in pair)
    bodies = ["", ""]
    for number, (left, right) in enumerate(pairs):
        for cpu, (mine, other) in enumerate(((left, right), (right, left))):
            read = f"r{number} = READ_ONCE(*{other});"
            bodies[cpu] += f"int r{number};\nWRITE_ONCE(*{mine}, 1);\n{read}\nsmp_mb();\n"
    threads = "".join(f"P{n}({arguments})\n{{\n{body}}}\n" for n, body in enumerate(bodies))
    asked = " /\\ ".join(f"{cpu}:r{n}=0" for cpu in (0, 1) for n in range(4))
    execution = _under("tso", f"C many\n{{}}\n{threads}exists ({asked})\n")
    start = time.process_time()
    _check(execution, "many")
    assert time.process_time() - start < 2
    assert len(timeline(execution).marks) == 4


def test_text_from_strangers_stays_text() -> None:
    text = _two('WRITE_ONCE(*x, 1 /* \x1b[2J \\\\ " \x01 \u202e < & */);', "r0 = 0;", "x=1")
    execution = _under("sc", text)
    drawn = draw(execution)
    assert drawn.replace("\n", "").isprintable()
    assert drawn.isascii()
    ElementTree.fromstring(svg(execution))
    for line in dot(execution).splitlines():
        assert line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0, line


def test_more_than_two_cpus_fit() -> None:
    threads = "".join(
        f"P{number}(int *x) {{ int r0; r0 = cmpxchg_acquire(x, {number}, {number + 1}); }}\n"
        for number in range(4)
    )
    drawn = draw(_under("lkmm", f"C four\n{{}}\n{threads}exists (x=4)\n"))
    assert max(map(len, drawn.splitlines())) <= 78
    assert "[x: 3 -> 4]" in drawn


@pytest.mark.parametrize("quantifier", ["exists", "forall"])
def test_branches_that_do_not_matter_are_not_taken(quantifier: str) -> None:
    extra = "if (r0 != {}) {{\nWRITE_ONCE(*y, 2);\nWRITE_ONCE(*y, 3);\n}}"
    for value in (0, 1):
        text = _two(
            "WRITE_ONCE(*x, 1);",
            "r0 = READ_ONCE(*x);\n" + extra.format(value) + "\nr1 = READ_ONCE(*x);",
            "1:r1=1" if quantifier == "exists" else "1:r1=0",
        ).replace("exists", quantifier)
        execution = shown(simulate(parse_litmus(text), load_model("sc")))
        assert execution is not None
        assert len([event for event in execution.events if event.thread == 1]) == 2


def _text(model: str, text: str) -> str:
    litmus = parse_litmus(text)
    return outcome_text(simulate(litmus, load_model(model)), litmus.question.condition, model)


COUNTING = "do {\nWRITE_ONCE(*x, 2);\nr0 = READ_ONCE(*y);\n} while (r0 == 0);"


def test_a_bounded_never_is_no_proof() -> None:
    text = _text("lkmm", _two("WRITE_ONCE(*y, 1);", COUNTING, "1:r0=7"))
    assert "Never (bounded)" in text
    assert "not a proof" in text
    assert "cannot happen" not in text


def test_a_proof_says_so() -> None:
    text = _text("lkmm", _two("WRITE_ONCE(*y, 1);", "r0 = READ_ONCE(*y);", "1:r0=7"))
    assert text.splitlines()[:3] == [
        "two on lkmm: Never",
        "asked: exists (1:r0=7)",
        "This cannot happen: no execution ends like this.",
    ]


def test_warnings_are_told() -> None:
    text = _text("lkmm", _two("*x = 1;", "r0 = READ_ONCE(*x);", "1:r0=1"))
    assert "the model warns of: data-race" in text


def test_forall_shows_what_breaks_it() -> None:
    text = _two("WRITE_ONCE(*x, 1);", "r0 = READ_ONCE(*x);", "1:r0=1").replace("exists", "forall")
    data = outcome_json(simulate(parse_litmus(text), load_model("lkmm")))
    assert data["verdict"] == "Sometimes"
    assert data["witness"]["state"] == {"1:r0": 0}
