"""Fixtures shared by all tests: kernel trees, shared ground truth, golden files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.real.trees import folder

ROOT = Path(__file__).resolve().parent.parent

# A time limit fails on a busy machine whatever the code does; times are measured by benchmarks.
settings.register_profile("kstale", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kstale")

# Commands of tests run by themselves, and no hook starts a daemon that stays.
os.environ["KSTALE_DAEMON"] = "0"


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


def _tree(version: str) -> Path:
    tree = folder(version)
    if not (tree / "MAINTAINERS").is_file():
        pytest.fail(f"no kernel tree at {tree}: run make trees")
    return tree


@pytest.fixture(scope="session")
def linux_6_1() -> Path:
    """Debian's linux-source-6.1, unpacked."""
    return _tree("6.1")


@pytest.fixture(scope="session")
def linux_6_12() -> Path:
    """Debian's linux-source-6.12, unpacked."""
    return _tree("6.12")


@pytest.fixture(scope="session", params=["6.1", "6.12"])
def linux(request: pytest.FixtureRequest) -> Path:
    """Each kernel tree in turn."""
    return _tree(str(request.param))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's shared ground truth (litmus verdicts, bench); KSTALE_SHARED or ../shared."""
    path = Path(os.environ.get("KSTALE_SHARED") or ROOT.parent / "shared")
    if not path.is_dir():
        pytest.skip(f"no shared test data at {path}; set KSTALE_SHARED")
    return path


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """Compare text with a golden file; KSTALE_PROMOTE=1 rewrites the file instead."""

    def compare(file: Path, text: str) -> None:
        if os.environ.get("KSTALE_PROMOTE"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            return
        assert file.is_file(), f"{file} is missing: KSTALE_PROMOTE=1 writes it"
        assert text == file.read_text(encoding="utf-8")

    return compare
