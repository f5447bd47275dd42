"""Random programs of locks, counts and grace periods end as an interpreter of them says."""

from __future__ import annotations

import pytest

from benchmarks.primitives import main


def test_random_programs_end_alike(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--programs", "15", "--seed", "7"]) == 0
    compared = int(capsys.readouterr().out.split("compared")[0].split()[-1])
    assert compared >= 12
