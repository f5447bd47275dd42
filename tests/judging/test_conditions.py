"""Preprocessor conditions decide on which machines a claim is judged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.judging.conditions import evaluate

KNOWN = {"CONFIG_ON": True, "CONFIG_OFF": False}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((), True),
        (("defined(CONFIG_ON)",), True),
        (("defined CONFIG_OFF",), False),
        (("CONFIG_ON", "!defined(CONFIG_OFF)"), True),
        (("IS_ENABLED(CONFIG_ON) && CONFIG_OTHER",), None),
        (("CONFIG_OFF && CONFIG_OTHER",), False),
        (("CONFIG_ON || CONFIG_OTHER",), True),
        (("!(CONFIG_ON && (CONFIG_OFF || CONFIG_ON))",), False),
        (("CONFIG_LEVELS > 2",), None),
        (("CONFIG_LEVELS > 2 && CONFIG_OFF",), False),
        (("0",), False),
        (("1",), True),
        (("VERSION(6, (1)) || CONFIG_ON",), True),
        (("((",), None),
        (("@",), None),
        (("(" * 500 + "CONFIG_ON" + ")" * 500,), None),
    ],
)
def test_three_values(conditions: tuple[str, ...], expected: bool | None) -> None:
    assert evaluate(conditions, KNOWN.get) is expected


@given(st.text(alphabet="()!&|<>=ABC1 _", max_size=60))
def test_any_text_has_a_value(text: str) -> None:
    assert evaluate((text,), KNOWN.get) in (True, False, None)
