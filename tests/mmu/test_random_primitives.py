"""Random programs of locks, counts, waits and grace periods end as a machine of its own says."""

from __future__ import annotations

import pytest

from benchmarks.primitives.compare import main


@pytest.mark.parametrize("model", ["sc", "tso"])
def test_random_programs_end_alike(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", model, "--programs", "12", "--seed", "7"]) == 0
    compared = int(capsys.readouterr().out.split("compared")[0].split()[-1])
    assert compared >= 11
