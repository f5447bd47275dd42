"""Answers of the simulator that are kept: the same as worked out, whatever became of the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.judging import scenario, simulated
from reviewer.judging.flushes import scenarios
from reviewer.judging.simulated import Answers
from reviewer.mmu.machine import machines

ANSWER = simulated.Answer("Sometimes", bounded=False, drawing="CPU 0", execution="{}")


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, and nothing remembered."""
    monkeypatch.setenv("KSTALE_CACHE", str(tmp_path))
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    simulated.answers.cache_clear()
    scenario._answer.cache_clear()


def test_a_kept_answer_is_the_one_that_was_worked_out(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    race = scenario.load(scenarios("refcount"), "ksm-no-recheck")
    first = scenario.judge(race, machines())
    assert first.machines.broken
    assert first.witness is not None
    forget()

    def fail(*_: object) -> None:
        raise AssertionError("simulated again")

    monkeypatch.setattr(scenario, "_simulated", fail)
    assert scenario.judge(race, machines()) == first


@pytest.mark.parametrize("cut", [1, 40, 70])
def test_a_damaged_line_is_worked_out_again(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "answers"
    kept = Answers(file)
    kept.add("a" * 32, ANSWER)
    kept.add("b" * 32, ANSWER)
    data = file.read_bytes()
    file.write_bytes(data[:-cut])
    again = Answers(file)
    assert again.get("a" * 32) == ANSWER
    assert again.get("b" * 32) in (None, ANSWER)
    file.write_bytes(data.replace(b"Sometimes", b"Nevertime", 1))
    assert Answers(file).get("a" * 32) is None


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    kept = Answers(blocked / "answers")
    kept.add("a" * 32, ANSWER)
    assert kept.get("a" * 32) == ANSWER


def test_machines_and_programs_have_keys_of_their_own() -> None:
    keys = {
        simulated.key_of(text, model, frozenset(variants))
        for text in ("a", "b")
        for model in ("lkmm", "tso")
        for variants in ((), ("split",), ("split", "hw-ad"))
    }
    assert len(keys) == 12


def test_a_full_file_keeps_its_newer_half_and_takes_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated, "_AT_MOST", 2000)
    file = tmp_path / "answers"
    kept = Answers(file)
    keys = [f"{number:032x}" for number in range(60)]
    for key in keys:
        kept.add(key, ANSWER)
        assert kept.get(key) == ANSWER
    assert file.stat().st_size < 2200
    again = Answers(file)
    found = [key for key in keys if again.get(key) == ANSWER]
    assert found == keys[-len(found) :]
    assert len(found) > 5
    assert [one.name for one in tmp_path.iterdir()] == ["answers"]
