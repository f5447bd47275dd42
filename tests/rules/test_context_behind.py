"""What a comment behind a statement says of the context there."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

_CODE = """
static void stock(struct pond *pond)
{{
        unsigned long flags;

        {before}
        count_fish(pond); {behind}
        {after}
}}
"""


@pytest.mark.parametrize(
    ("before", "behind", "after", "decision"),
    [
        (
            "local_irq_save(flags);",
            "/* irqs already disabled. */",
            "local_irq_restore(flags);",
            Decision.HOLDS,
        ),
        ("", "/* irqs already disabled. */", "", Decision.UNKNOWN),
        (
            "local_irq_save(flags);\n        local_irq_restore(flags);",
            "/* irqs remain disabled. */",
            "",
            Decision.UNKNOWN,
        ),
        ("local_irq_enable();", "/* irqs are disabled. */", "", Decision.UNKNOWN),
    ],
)
def test_interrupts(before: str, behind: str, after: str, decision: Decision) -> None:
    code = _CODE.format(before=before, behind=behind, after=after)
    assert decisions(code, "context-is-so-here") == [decision]


@pytest.mark.parametrize(
    ("statement", "decision"),
    [
        ("local_irq_restore(flags);", Decision.UNKNOWN),
        ("local_irq_enable();", Decision.UNKNOWN),
        ("spin_unlock_irq(&pond->lock);", Decision.UNKNOWN),
        ("open_gate(pond);", Decision.UNKNOWN),
        ("spin_unlock(&pond->lock);", Decision.HOLDS),
        ("if (pond->dry)  return;", Decision.HOLDS),
    ],
)
def test_a_statement_that_switches_what_is_said_behind_it(
    statement: str, decision: Decision
) -> None:
    code = f"""
        static void open_gate(struct pond *pond)
        {{
                local_irq_enable();
        }}

        static void stock(struct pond *pond)
        {{
                unsigned long flags;

                local_irq_save(flags);
                {statement} /* irqs are still disabled. */
                count_fish(pond);
        }}
    """
    assert decisions(code, "context-is-so-here") == [decision]
