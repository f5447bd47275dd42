"""Page-table entries in words."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import sentence_of
from reviewer.source.model import CommentBlock

_ABOUT = re.compile(
    r"flush|tlb|barrier|\b_?mb\b|order|\bclear|\bgup|\bpin|lockless|o_direct|\brac[ey]|concurrent"
    r"|parallel|invalidat|stale|\bre-?check|in progress|write.?protect|read.?only|atomic",
    re.I,
)

_SAME_PAGE = re.compile(
    r"\bnot chang\w+ (?:it|the \w+|them|what \w+) to (?:point|map)|\bonly downgrad"
    r"|\bdowngrad\w+ (?:the )?(?:protection|page table)",
    re.IGNORECASE,
)


def speaks_of_exclusion(comment: CommentBlock) -> bool:
    """True if the comment speaks of what keeps others off an entry: flush, order, race, ..."""
    return _ABOUT.search(comment.text) is not None


def level_of(claim: Claim) -> str:
    """pmd where the words name one, else pte."""
    words = f"{claim.quote} {claim.object.text if claim.object else ''}".lower()
    return "pmd" if "pmd" in words else "pte"


_OTHER_LOCKS = re.compile(
    r"\b(?:mmap|vma|folio|page|i_mmap\w*|rmap|anon_vma)[ _](?:lock|sem|rwsem)\b", re.IGNORECASE
)


def names_another_lock(claim: Claim) -> bool:
    """True if the sentence speaks of a lock that is not the page table's."""
    words = " ".join(sentence_of(claim).split())
    return _OTHER_LOCKS.search(words.lower().replace("page table lock", "")) is not None


def only_loses_rights(claim: Claim) -> bool:
    """True if the sentence says that an entry goes on mapping the same page, with fewer rights."""
    return _SAME_PAGE.search(sentence_of(claim)) is not None
