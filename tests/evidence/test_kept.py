"""What still orders a pair whose barrier a patch takes away, in its place."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.pairs import Answer, outcome
from tests.evidence.gull import ACQUIRED, GULL, NEST, RELEASED, lost


@pytest.mark.parametrize(
    ("code", "patch", "by"),
    [
        (GULL.replace("t->fish = 1;", "t->fish = 1;\nsmp_mb();"), RELEASED, "smp_mb"),
        (GULL.replace("t->fish = 1;", "gull_far(t);\nsmp_mb();"), RELEASED, "smp_mb"),
        (GULL.replace("t->fish = 1;", "t->fish = 1;\natomic_inc_return(&g->eggs);"), RELEASED,
         "atomic_inc_return"),
        (GULL.replace("return t->age", "smp_rmb();\nreturn gull_far(t)"), ACQUIRED, "smp_rmb"),
        (NEST, ACQUIRED, "READ_ONCE"),  # what is read stands where the pointer leads, in two steps
    ],
)  # fmt: skip
def test_what_orders_in_place_of_a_barrier(code: str, patch: tuple[str, str], by: str) -> None:
    """Never still, and Sometimes with what is named relaxed."""
    found = lost(code, *patch)

    assert found is not None
    assert found.answer is Answer.FORBIDS
    assert [one.name for one in found.kept_by] == [by]
    assert found.program is not None
    assert outcome(found.program.text).verdict == "Never"


@pytest.mark.parametrize(
    ("code", "patch"),
    [
        (GULL.replace("t->fish = 1;", "smp_mb();\nt->fish = 1;"), RELEASED),
        (GULL.replace("t->fish = 1;", "smp_mb();\ngull_far(t);"), RELEASED),
        (GULL.replace("t->fish = 1;", "t->fish = 1;\nif (t->age)\nsmp_mb();"), RELEASED),
        (GULL.replace("return t->age", "return gull_far(t);\nsmp_rmb()"), ACQUIRED),
        (NEST.replace("t->mate->age", "t->mate->age + g->eggs"), ACQUIRED),
    ],
)
def test_what_orders_something_else(code: str, patch: tuple[str, str]) -> None:
    """A barrier before what is passed, or on some path only, or an address of another read."""
    found = lost(code, *patch)

    assert found is None or found.answer is not Answer.FORBIDS


def test_what_is_read_beside_what_an_address_leads_to_is_not_seen_to_be_passed() -> None:
    """A pointer passes what it leads to; another read behind it shows no loss of order."""
    found = lost(NEST.replace("t->mate->age", "t->mate->age + g->eggs"), *ACQUIRED)

    assert found is not None
    assert found.answer is Answer.UNKNOWN
    assert "still ordered" in found.why


def test_an_address_that_callers_use() -> None:
    """What they read at the address is ordered; what else they read is not known."""
    code = GULL.replace("int nest;", "struct tern *nest;").replace("return t->age", "return 1")
    found = lost(code, *ACQUIRED)

    assert found is not None
    assert found.answer is Answer.UNKNOWN
    assert "still ordered" in found.why


@pytest.mark.parametrize("read", ["*p", "READ_ONCE(*p)", "p[3]", "((int *)g)[2]", "(1 + *p)"])
def test_what_is_read_at_a_pointer_beside_the_address(read: str) -> None:
    """No path shows it, and nothing orders it behind the pointer that was read."""
    code = NEST.replace("gull_look(struct gull *g)", "gull_look(struct gull *g, int *p)")
    found = lost(code.replace("t->mate->age", f"t->mate->age + {read}"), *ACQUIRED)

    assert found is not None
    assert found.answer is Answer.UNKNOWN
