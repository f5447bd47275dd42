"""Counts that are said to be frozen: whether whoever passes the comment has frozen them."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

SAID = "/* The refcount is frozen here, so no new reference can be taken. */\n\tfolio->x = 1;"
DO = "/* Freeze the refcount so that no speculative reference can be taken. */"
TRY = "if (!folio_ref_freeze(folio, 1))\n\t\treturn 1;\n\t"
THAW = "folio_ref_unfreeze(folio, 1);\n\t"


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        (f"{TRY}{SAID}\n\t{THAW}", Decision.HOLDS),
        (f"{DO}\n\t{TRY}{THAW}", Decision.HOLDS),
        (f"{SAID}\n\t{TRY}{THAW}", Decision.AGREES),
        (f"if (folio->y)\n\t\tfolio_ref_freeze(folio, 1);\n\t{SAID}\n\t{THAW}", Decision.AGREES),
        (f"folio_ref_freeze(folio, 1);\n\t{SAID}\n\t{THAW}", Decision.AGREES),
        (f"{TRY}if (folio->z)\n\t\t{THAW}{SAID}\n\t{THAW}", Decision.AGREES),
        (f"{DO}\n\tif (folio->y)\n\t\treturn 0;\n\t{TRY}{THAW}", Decision.AGREES),
    ],
)
def test_a_count_is_frozen_on_the_way(body: str, decision: Decision) -> None:
    code = f"static int take(struct folio *folio)\n{{\n\t{body}return 0;\n}}\n"
    assert decided("count-is-frozen", "mm/take.c", code) == [decision]
