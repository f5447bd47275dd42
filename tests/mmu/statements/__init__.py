"""Statements that kernel people write, each as a small test with the verdict it must have."""

from tests.mmu.statements.atomics import ATOMICS
from tests.mmu.statements.c_language import C_LANGUAGE
from tests.mmu.statements.case import Case
from tests.mmu.statements.locks import LOCKS
from tests.mmu.statements.mmu import MMU
from tests.mmu.statements.more import MORE
from tests.mmu.statements.waiting import WAITING

__all__ = ["CASES", "Case"]

CASES = [*C_LANGUAGE, *LOCKS, *ATOMICS, *WAITING, *MMU, *MORE]
