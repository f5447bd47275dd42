"""Comments of assembly are judged as those of C are, in a scan of folders and for a patch."""

from __future__ import annotations

from reviewer.finding import Finding, Origin
from reviewer.mail.apply import rebuild
from reviewer.mail.read import read_series
from reviewer.review.bench import prepare
from reviewer.review.check import check
from reviewer.review.model import Selection
from reviewer.review.scan import sources
from reviewer.verdict import Tier
from tests.support import MemoryTree

C = "mm/pond.c"
ASSEMBLY = "arch/sparc/lib/pond.S"
FILES = {
    C: "int pond_fill_all(void)\n{\n\treturn 1;\n}\n",
    ASSEMBLY: "pond_drain:\n\tnop\t! undone by pond_fill_all()\n\tretl\n",
    "arch/sparc/lib/pond.txt": "no code\n",
}


def _checked(mail: str) -> list[Finding]:
    tree = MemoryTree({name: text.encode() for name, text in FILES.items()})
    (series,) = read_series("x.patch", mail.encode())
    changes = rebuild(series.patches[0], tree.read)
    return list(check(prepare(Selection()), tree, list(changes)).findings)


def test_a_folder_has_its_assembly() -> None:
    tree = MemoryTree({name: text.encode() for name, text in FILES.items()})
    assert sources(tree, ("arch/sparc",)) == (ASSEMBLY,)
    assert sources(tree, ()) == (ASSEMBLY, C)


def test_what_a_patch_takes_away_is_left_behind_in_assembly() -> None:
    (found,) = _checked(
        "From: A <a@example.org>\nSubject: [PATCH] x\n\n"
        f"diff --git a/{C} b/{C}\n--- a/{C}\n+++ b/{C}\n@@ -1,4 +1,4 @@\n"
        "-int pond_fill_all(void)\n+int pond_load(void)\n {\n \treturn 1;\n }\n"
    )
    assert (found.path, found.line, found.origin, found.tier) == (
        ASSEMBLY,
        2,
        Origin.LEFT_BEHIND,
        Tier.PROVED,
    )


def test_a_patch_of_assembly_is_judged() -> None:
    (found,) = _checked(
        "From: A <a@example.org>\nSubject: [PATCH] x\n\n"
        f"diff --git a/{ASSEMBLY} b/{ASSEMBLY}\n--- a/{ASSEMBLY}\n+++ b/{ASSEMBLY}\n"
        "@@ -1,3 +1,4 @@\n pond_drain:\n \tnop\t! undone by pond_fill_all()\n"
        "+\tnop\t! begun by pond_fill_twice()\n \tretl\n"
    )
    assert (found.path, found.line, found.origin) == (ASSEMBLY, 3, Origin.INTRODUCED)
