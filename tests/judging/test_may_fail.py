"""Acquires that may fail: where the caller returns at once, the lock is held behind them."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import caller, judged

_REST = "\nstock(pond);\n{release}(&pond->lock);\nreturn 0;"
SPIN, MUTEX, DOWN = "spin_unlock", "mutex_unlock", "up"


@pytest.mark.parametrize(
    ("code", "release", "held"),
    [
        ("if (!spin_trylock(&pond->lock)) {\n        n = 1;\n        return 0;\n}", SPIN, True),
        ("if (mutex_lock_killable(&pond->lock) < 0)\n        return 0;", MUTEX, True),
        ("if (mutex_lock_killable(&pond->lock) <= 0)\n        return 0;", MUTEX, False),
        ("if (down_trylock(&pond->lock))\n        return 0;", DOWN, True),
        ("if (!down_trylock(&pond->lock))\n        return 0;", DOWN, False),
        (
            "if (!spin_trylock(&pond->lock)) {\n        if (n)\n                goto go;\n"
            "        return 0;\n}\ngo:",
            SPIN,
            False,
        ),
        (
            "do {\n        if (!spin_trylock(&pond->lock)) {\n                if (n)\n"
            "                        break;\n                return 0;\n        }\n} while (0);",
            SPIN,
            False,
        ),
    ],
)
def test_who_returns_without_the_lock(code: str, release: str, *, held: bool) -> None:
    found = judged(caller(code + _REST.format(release=release))).decision
    assert found is (Decision.HOLDS if held else Decision.UNKNOWN)


@pytest.mark.parametrize("acquire", ["device_lock", "device_lock_interruptible"])
def test_a_device_lock_may_be_waited_for_in_vain(acquire: str) -> None:
    code = caller(f"{acquire}(pond);\nstock(pond);\ndevice_unlock(pond);\nreturn n;")
    found = judged(code.replace("->lock", "->mutex")).decision
    assert found is (Decision.HOLDS if acquire == "device_lock" else Decision.UNKNOWN)
