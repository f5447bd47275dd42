"""Members and variables that a comment says a lock protects."""

from __future__ import annotations

import re
from itertools import islice

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.members import are_several, is_the_described
from reviewer.evidence.entry_points import registered
from reviewer.evidence.fields import Access, Accesses, Data, taken_anywhere, writes_of
from reviewer.evidence.instead import held_instead
from reviewer.evidence.named_data import named_under
from reviewer.evidence.sections import sections_of
from reviewer.judging.defined import is_defined_as
from reviewer.judging.holding import GENERIC, lock_of, one_of_several
from reviewer.judging.locks_in_words import of_folder
from reviewer.judging.lockstate import Held, Wanted, lock_at
from reviewer.judging.members import struct_in_folder
from reviewer.judging.proof import Budget, Proof, joined, mostly, proof_at
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind
from reviewer.tree.model import NameKind
from reviewer.verdict import Decision, Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World


class WritesHoldLock(Rule):
    """A member or variable is said to be protected by a lock, and its writers are taken to hold it.

    Why it breaks: a new writer is added where the lock is not held, or the member moves under
    another lock and the comment at its declaration stays.

    Where it still holds: every write in the tree is made with the lock held, in the function that
    writes or in all its callers. Writes before the object can be reached (it was allocated, or its
    lock initialised, in the same function) do not count.

    Write instead: name the lock that the writers hold, or __guarded_by().

    Limits: only what is certain counts; a lock taken under a condition, or by a caller that cannot
    be seen, leaves the claim undecided, with the numbers. Of a list only what is done to its head
    is seen, so that such a member at most agrees. Reads are not counted: they may be lockless.

    References: Documentation/kernel-hacking/locking.rst.
    """

    name = "writes-hold-lock"
    family = "locking"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet: 0 in 1,000 files of 6.12
    tree_wide = True
    reads = (
        Reads(Kind.PROTECTED, object=("lock",)),
        Reads(Kind.REQUIRES, object=("lock",)),
    )
    stale = (
        Example(
            """
            struct pond {
                    struct mutex feed_mutex;
                    struct mutex fish_mutex;
                    int fish; /* protected by fish_mutex */
            };

            void stock(struct pond *pond)
            {
                    mutex_lock(&pond->feed_mutex);
                    pond->fish++;
                    mutex_unlock(&pond->feed_mutex);
            }
            """,
            words="protected by fish_mutex",
        ),
        Example(
            """
            struct lake {
                    struct mutex fish_mutex;
                    struct mutex feed_mutex;
                    int fish; /* protected by fish_mutex */
                    int eggs;
            };
            """,
            path="include/linux/lake.h",
            files={
                "fs/lake/feed.c": """
                void stock(struct lake *lake)
                {
                        mutex_lock(&lake->feed_mutex);
                        lake->fish++;
                        mutex_unlock(&lake->feed_mutex);
                }

                void drain(struct lake *lake)
                {
                        mutex_lock(&lake->feed_mutex);
                        lake->fish = 0;
                        mutex_unlock(&lake->feed_mutex);
                }
                """,
                "fs/lake/eggs.c": """
                void lay(struct lake *lake)
                {
                        mutex_lock(&lake->fish_mutex);
                        lake->eggs++;
                        mutex_unlock(&lake->fish_mutex);
                }
                """,
            },
            words="protected by fish_mutex",
        ),
    )
    sound = (
        Example(
            """
            struct pond {
                    spinlock_t lock;
                    int fish; /* protected by lock */
            };

            void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            struct pond {
                    spinlock_t lock;
                    int fish; /* protected by lock */
            };

            void stock(struct pond *pond)
            {
                    pond->fish++;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Count the writes, and ask of each what it certainly holds."""
        if world.path.startswith(OTHER_PROGRAMS) or world.index is None:
            return None
        data = data_of(claim, world)
        if data is None:
            return named_under(claim, world) if claim.kind is Kind.PROTECTED else None
        if claim.kind is Kind.REQUIRES:
            return _asked(claim, data, world)
        return _judged(claim, data, world)


def _asked(claim: Claim, data: Data, world: World) -> Verdict | None:
    """Of "must be accessed with the lock held" over a member: never broken, for a reader's duty
    says nothing of who writes it; and of no function, prototype or pointer, that may be meant."""
    index = world.index
    assert index is not None
    if not data.struct and not is_defined_as(index, data.name, NameKind.VARIABLE):
        return None
    called = rb"\(\s*\*+\s*" + re.escape(data.name.encode()) + rb"\s*\)\s*\("
    if re.search(called, world.source.code()) is not None:
        return None
    verdict = _judged(claim, data, world)
    return unknown(verdict.message) if verdict.decision is Decision.BROKEN else verdict


def _judged(claim: Claim, data: Data, world: World) -> Verdict:
    lock = _lock(claim, data, world)
    if lock is None:
        return unknown("the lock is named by words that match no one lock of the code")
    found = writes_of(world, data, lock.name)
    if found.why:
        return _inside(data, lock, unknown(found.why), world)
    if not found.writes:
        silent = unknown(f"no write of {data.text} was seen but where it is set up")
        return _inside(data, lock, silent, world)
    if one_of_several(claim):
        return unknown("the comment leaves a choice of locks")
    judged = _counted(data, lock, found, world)
    if judged.decision is Decision.HOLDS and are_several(claim):
        return agrees(f"{judged.message}, the first of several", *judged.rests_on, partial=True)
    return judged


_SECTIONS_AT_MOST = 60


def _inside(data: Data, lock: _Lock, otherwise: Verdict, world: World) -> Verdict:
    """Where writes cannot be counted: agrees if the data is accessed in sections of the lock."""
    struct = data.struct if lock.beside else ""
    if not struct and lock.name in GENERIC:
        return otherwise
    name = re.compile(rb"(?<!\w)" + re.escape(data.name.encode()) + rb"(?!\w)")
    sections = islice(sections_of(world, lock.name, struct), _SECTIONS_AT_MOST)
    found = [one for one in sections if name.search(one.text)]
    if not found:
        return otherwise
    inside = [Location(f.path, f.line, f"{f.function}() takes {lock.name}") for f in found[:4]]
    number = f"{len(found)} section{'s' if len(found) > 1 else ''}"
    return agrees(
        f"{data.text} is used in {number} of {lock.name}; {otherwise.message}",
        *inside,
        partial=True,
    )


def _counted(data: Data, lock: _Lock, found: Accesses, world: World) -> Verdict:
    budget = Budget()
    proofs: list[Proof] = []
    without: list[Access] = []
    for write in found.writes:
        here = World(write.site.source, world.library)
        proof = proof_at(here, write.site, lock.at(write), budget)
        if proof is None:
            without.append(write)
            continue
        proofs.append(proof)
    number = len(found.writes)
    said = f"{len(proofs)} of {number} writes of {data.text} certainly hold {lock.name}"
    if not proofs and _named(lock) and not taken_anywhere(world, lock.name):
        return broken(
            f"The comment says that {lock.name} protects {data.text}, but nothing ever takes a "
            f"lock of that name: none of {number} writes can hold it.",
            *(
                Location(one.site.path, one.site.line, f"{one.site.caller.name}() writes it")
                for one in without[:3]
            ),
        )
    if not proofs and (other := _another(data, lock, found, world)) is not None:
        return other
    if without:
        lacking = [one for one in without if _runs_apart(one, lock, world)]
        site = (lacking or without)[0].site
        if mostly(len(proofs), number) and not lacking:
            return agrees(
                f"{said}; it cannot be told at {site.path}:{site.line}",
                *joined(proofs).places[:8],
                partial=True,
            )
        return unknown(f"{said}; not so at {site.path}:{site.line}")
    everything = joined(proofs)
    said = f"{number} of {number} writes of {data.text} hold {lock.name}"
    if found.entries:
        return agrees(f"{said}, as far as the head shows", *everything.places[:24])
    return everything.verdict(said)


def _runs_apart(write: Access, lock: _Lock, world: World) -> bool:
    """True if it is a work item, a timer or a thread that writes, with the locks it began with."""
    here = World(write.site.source, world.library)
    began = lock_at(here, write.site, lock.at(write)).held is Held.ENTRY
    return began and registered(here, write.site.caller) is not None


def _another(data: Data, lock: _Lock, found: Accesses, world: World) -> Verdict | None:
    """Broken, as a hint, if every write holds another lock, in files that know nothing of this."""
    instead = held_instead(world, found.writes, lock.name) if _named(lock) else None
    if instead is None:
        return None
    number = len(found.writes)
    return broken(
        f"The comment says that {lock.name} protects {data.text}, but {number} of {number} writes "
        f"hold {instead.lock}, and none {lock.name}.",
        *instead.places[:6],
        tier=Tier.HINT,
    )


def _named(lock: _Lock) -> bool:
    """True if nothing else can be called so."""
    return lock.sure and lock.name not in GENERIC


class _Lock:
    """The lock that a claim names, as each writer must spell it."""

    def __init__(self, name: str, beside: bool, sure: bool = True) -> None:
        """``beside`` if it is a member of the same struct as the data.

        ``sure`` if the comment has its name, and not only words for it.
        """
        self.name = name
        self.beside = beside
        self.sure = sure

    def at(self, write: Access) -> Wanted:
        """In the words of one writer."""
        if self.beside:
            return Wanted(self.name, f"{write.owner}->{self.name}")
        return Wanted(self.name, "", any_owner=True)


_IDENTIFIER = re.compile(r"(?:[\w.]*(?:->|\.|::))?([A-Za-z_]\w*)(?:\[\])?")


def data_of(claim: Claim, world: World) -> Data | None:
    """The member or variable that a claim speaks of; None if it is named by words."""
    anchor = claim.comment.anchor
    section = claim.get("section")
    struct = ""
    described = ""
    if anchor.kind is AnchorKind.FIELD:
        struct, _, described = anchor.name.partition(".")
        described = described.rpartition(".")[2]
    elif anchor.kind is AnchorKind.STRUCT:
        struct = anchor.name
        described = section.lstrip("@") if section.startswith("@") else ""
    elif anchor.kind is AnchorKind.DECLARATION:
        described = anchor.name
    else:
        return _of_struct(claim, world)
    subject = claim.subject
    if subject.concept == "code" or is_the_described(claim):
        name = described
        if claim.get("lock") == "anchor":
            return None
    elif subject.concept in ("field", "identifier"):
        match = _IDENTIFIER.fullmatch(subject.name or subject.text.lstrip("-> "))
        name = match[1] if match is not None else ""
    else:
        return None
    if not name or lock_name(name) == name:
        return None
    index = world.index
    if struct and index is not None and name not in index.members(struct):
        return None
    return Data(name, struct)


def _of_struct(claim: Claim, world: World) -> Data | None:
    """A member that words name far from its declaration, of the struct that the lock is in.

    "svc_serv->sv_lock protects sv_tempsocks", at the head of a file.
    """
    lock = lock_of(claim)
    index = world.index
    name = claim.subject.name.rpartition(">")[2].rpartition(".")[2]
    if lock is None or index is None or claim.subject.concept not in ("field", "identifier"):
        return None
    known = index.members(lock.owner) if lock.owner.isidentifier() else frozenset()
    return Data(name, lock.owner) if {name, lock.name} <= known and name != lock.name else None


def _lock(claim: Claim, data: Data, world: World) -> _Lock | None:
    anchor = claim.comment.anchor
    index = world.index
    assert index is not None
    members = index.members(data.struct) if data.struct else frozenset()
    if claim.get("lock") == "anchor":
        own = anchor.name.rpartition(".")[2]
        if anchor.kind is AnchorKind.STRUCT:
            own = claim.get("section").lstrip("@")
        return _Lock(own, bool(data.struct)) if own else None
    lock = lock_of(claim)
    if lock is None or lock.prose:
        word = lock.name if lock is not None else ""
        return _by_words(claim, word, members) or _of_folder(word, claim, world)
    beside = lock.name in members and (
        not lock.owner
        or _is_owner(lock.owner, data.struct)
        or struct_in_folder(lock.owner, world) == (data.struct,)
    )
    if beside:
        return _Lock(lock.name, True)
    return None if lock.name in GENERIC else _Lock(lock.name, False)


_SORTS = {"mutex": ("mutex", "mtx"), "semaphore": ("sem",), "spinlock": ("lock",)}


def _by_words(claim: Claim, word: str, members: frozenset[str]) -> _Lock | None:
    """The one lock of a struct that words can mean: "the lock", "the queue lock"."""
    text = claim.object.text.lower() if claim.object is not None else ""
    if text in members and text in GENERIC:
        return _Lock(text, True)
    named = [one for one in members if lock_name(one) or one in GENERIC]
    sort = _SORTS.get(re.sub(r"spin lock\Z", "spinlock", text).rpartition(" ")[2], ("",))
    fitting = [one for one in named if word in one.split("_") or not word]
    if len(fitting) != 1 or not any(part in fitting[0] for part in sort):
        return None
    return _Lock(fitting[0], True, sure=False)


def _of_folder(word: str, claim: Claim, world: World) -> _Lock | None:
    """The one lock of the folder with a name of its own that the word is in: ``chunk_mutex``."""
    found = of_folder(word.lower(), claim, world)
    return None if found is None else _Lock(found.name, False, sure=False)


def _is_owner(owner: str, struct: str) -> bool:
    """True if the words before a lock may be the struct itself: ``rq->lock`` in struct rq."""
    return owner in (struct, "this", "self") or struct.endswith(f"_{owner}")
