"""Whether code that compares a reference count sees each reference that a walker keeps.

The paths through a comment run beside each walker that takes references without a lock
(adversaries with ``Believes:``). Of those only the ones count whose entry the path changes before
it compares: code that looks first promises nothing. The outcome is a reference that was kept while
the code went on as if there were none.

What the answer rests on is found by taking it out: a change of the entry becomes a read, a barrier
or a flush goes, a comparison always finds the number that it ought to. The walker's own part, the
second look at the entry, is that of the tree's walker, which is followed beside the adversary that
``Believes:`` names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from reviewer.evidence.models.emit import Litmus
from reviewer.evidence.models.entries.adversaries import Adversary, adversaries
from reviewer.evidence.models.entries.configured import lacking
from reviewer.evidence.models.entries.model import EntryModel, answer, entry_model
from reviewer.evidence.models.entries.thread import Made
from reviewer.evidence.models.entries.walkers import Walkers, walkers
from reviewer.judging.scenario import Scenario, judge
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import MachineVerdicts, WitnessEvidence
from reviewer.world import World

_COUNT = re.compile(
    r"^\t+(r\d+) = (?:(?P<number>folio_ref_count|page_count)\(ref\)|(?P<frozen>folio_ref_freeze)"
    r"|(?P<pinned>\(READ_ONCE\(\*ref\) >= 1024\)))",
    re.M,
)
"""What looks at a count of references and keeps what it saw."""
_OF = re.compile(
    r"\b(?:folio|page|total)_(?:ref_count|count|mapcount|ref_freeze)\s*\(\s*([^(),]+)[,)]"
)
"""The folio or page whose count is looked at."""
_PLACED = re.compile(r"^(\t+)(\S[^\n]*?) *// (\S+):(\d+)$", re.M)
_ORDERS = re.compile(
    r"smp_\w+\(\);|flush_\w+\(\);|tlb_\w+\(\);|\w+_set_wrprotect\(\w+\);|arch_tlbbatch_flush\(\);"
)
_FIRST = "arm64"
"""What is lost shows there if anywhere: weak order, and flushes without an interrupt."""
_PATHS = 96
"""Paths of one adversary that are asked about; of a function with more nothing is said."""
_FOLIOS = re.compile(r"\bstruct\s+(?:folio|page)\s*\*\s*(\w+)")
_Where = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Counted:
    """On which machines a reference may be kept that the comparison does not see.

    ``rests_on`` are path, line and what stands there; ``why`` says what is not known, '' if all
    is. ``adversary`` names the walkers that are kept away, or the one that is not.
    """

    machines: MachineVerdicts
    rests_on: tuple[tuple[str, int, str], ...] = ()
    witness: WitnessEvidence | None = None
    why: str = ""
    harm: str = ""
    adversary: str = ""
    walker: _Where | None = None
    """Where the tree's walker is that keeps its reference without a second look."""
    orders: tuple[_Where, ...] = ()
    """All that orders on the paths, needed or not."""

    def needless(self, path: str, line: int) -> bool:
        """True if what orders on a line is not what the answer rests on."""
        place = (path, line)
        return place in self.orders and place not in {one[:2] for one in self.rests_on}


def counted(
    world: World, source: SourceFile, function: Function, mark: int, machines: Sequence[Machine],
    *, asked: frozenset[str] = frozenset(),
) -> Counted:  # fmt: skip
    """The paths of a function by a statement beside walkers that take references.

    ``asked`` names adversaries to ask about although the paths compare nothing: those that
    compared before a patch.
    """
    fit = [one for one in machines if one.gup_fast]
    nothing = MachineVerdicts((), (), tuple(one.name for one in fit))
    if not fit:
        return Counted(nothing, why="no machine with a lockless walker fits the code's conditions")
    found: list[Counted] = []
    on = next((one for one in fit if one.name == _FIRST), fit[0])
    if two := _two_folios(source, function):
        return Counted(nothing, why=f"whose count is compared is not known: {two}")
    for model in _models(world, source, function, mark, asked, on):
        if len(model.tests) > _PATHS:
            return Counted(nothing, why=f"{function.name}() has too many paths there")
        one = _asked(world, source, function, model, fit, on)
        if one is None:
            continue
        if one.why or one.machines.broken:
            return one
        found.append(one)
    if not found:
        why = "no path by the comment changes an entry and then compares a count of references"
        return Counted(nothing, why=why)
    rests = dict.fromkeys(place for one in found for place in one.rests_on)
    names = " ".join(one.adversary for one in found)
    orders = tuple(place for one in found for place in one.orders)
    return replace(found[0], rests_on=tuple(rests), adversary=names, orders=orders)


def _two_folios(source: SourceFile, function: Function) -> str:
    """The folios of which a function compares counts, if it does of more than one; or ''.

    The model has one folio, that of the entry.
    """
    code = source.code(function.body_start, function.body_end).decode("latin-1")
    compared = dict.fromkeys(re.sub(r"\s|^&|->page$", "", one) for one in _OF.findall(code))
    return ", ".join(compared) if len(compared) > 1 else ""


def _models(
    world: World, source: SourceFile, function: Function, mark: int, asked: frozenset[str],
    on: Machine,
) -> Iterator[EntryModel]:  # fmt: skip
    """The models beside the walkers whose entry is changed before the count is compared.

    A path that cannot be taken beside the walker says nothing, and one that decides by no count is
    no matter of the comment's.
    """
    for adversary in adversaries().values():
        if not adversary.believes:
            continue
        model = entry_model(world, source, function, adversary, mark)
        there = model.only(partial(_is_taken, adversary, on))
        telling = there.only(lambda test: bool(_deciding(_thread(test.litmus.text))))
        if (
            telling.applies
            and all(_changed_before(one, _entry(adversary)) for one in telling.tests)
        ) or (adversary.name in asked and there.tests):
            yield there


def _entry(adversary: Adversary) -> str:
    """The entry by which the walker comes."""
    return adversary.needs[0].rstrip("!")


def _is_taken(adversary: Adversary, on: Machine, test: Made) -> bool:
    """True of a path that can be taken beside the walker, or of which that is not known."""
    if test.reach or not test.through:
        return True
    return bool(judge(Scenario(adversary.name, test.through), [on]).machines.broken)


def _deciding(thread: str) -> tuple[re.Match[str], ...]:
    """Looks at a count by which the path is decided."""
    return tuple(
        count
        for count in _COUNT.finditer(thread)
        if re.search(rf"^\t+if \([^\n]*\b{count[1]}\b", thread[count.end() :], re.M)
    )


def _changed_before(test: Made, entry: str) -> _Where | None:
    """Where a path changes an entry first, if that is before it looks at the count."""
    thread = _thread(test.litmus.text)
    first = _deciding(thread)[0].start()
    return next(
        (
            (match[3], int(match[4]))
            for match in _PLACED.finditer(thread, 0, first)
            if re.search(rf"\b\w+\({entry}\b", match[2]) and not _reads(match[2])
        ),
        None,
    )


def _reads(statement: str) -> bool:
    return re.search(r"READ_ONCE|p\w\wp_get(?:_lockless)?\(", statement) is not None


def _thread(text: str) -> str:
    return text[text.index("\nP0(") : text.index("\nP1(")]


def _mapped(function: Function, source: SourceFile) -> frozenset[str]:
    """How the folio is reached that the entry maps: read from it, or the only one that is given."""
    head = source.code(function.start_byte, function.body_start).decode("latin-1")
    given = _FOLIOS.findall(head)
    return frozenset(("mapped", *given)) if len(given) == 1 else frozenset(("mapped",))


def _asked(
    world: World, source: SourceFile, function: Function, model: EntryModel,
    fit: Sequence[Machine], on: Machine,
) -> Counted | None:  # fmt: skip
    """What the code comes to beside one walker; None if the comparison is not what keeps it off."""
    adversary = model.adversary
    nothing = MachineVerdicts((), (), tuple(one.name for one in fit))
    found = answer(model, fit)
    if found.machines.broken:
        return _kept_unseen(model, fit)
    rests = tuple(_rests_on(model, on))
    entry = _entry(adversary)
    if not any(what == COMPARED for _, _, what in rests):
        return None
    if found.machines.unknown:
        why = next(iter(model.left_out), "the simulator did not decide")
        return Counted(found.machines, why=why)
    lacks = lacking({one[:2] for one in rests}, model.followed, world, function)
    if lacks:
        return Counted(nothing, why=f"what {lacks}() does may differ by configuration or file")
    if not all(set(one.folios) <= _mapped(function, source) for one in model.tests if one.folios):
        return Counted(nothing, why="whether the entry maps the folio that is counted is not known")
    last = "pte" in adversary.objects
    theirs = walkers(world.library, adversary.believes, entry, last, tuple(fit))
    if theirs.why:
        return Counted(nothing, why=theirs.why)
    if theirs.trusting is not None:
        return _beside_a_trusting_one(model, theirs, fit)
    second = [(*place, LOOKS_AGAIN) for place in theirs.places]
    orders = tuple(place for place, what in _candidates(model).items() if what == ORDERED)
    return Counted(found.machines, (*rests, *second), adversary=adversary.name, orders=orders)


def _kept_unseen(model: EntryModel, fit: Sequence[Machine]) -> Counted:
    """A reference may be kept where the code did not give up for one.

    Where the code looks at a count, and what it does by that is not known, it is not either.
    """
    going_on = model.only(lambda test: not _gives_up(_thread(test.litmus.text)))
    found = answer(going_on, fit) if going_on.tests else None
    threads = [_thread(test.litmus.text) for test in model.tests]
    if (
        found is None
        or not found.machines.broken
        or any(len(_deciding(one)) < len(_COUNT.findall(one)) for one in threads)
        or any(map(_compares_otherwise, threads))
    ):
        nothing = MachineVerdicts((), (), tuple(one.name for one in fit))
        return Counted(nothing, why="what the code does by the count is not known")
    harm, name = model.adversary.harm, model.adversary.name
    return Counted(found.machines, witness=found.witness, harm=harm, adversary=name)


def _compares_otherwise(thread: str) -> bool:
    """True if a count is looked at, but not told to be a number or another one.

    Only of ``==`` and ``!=`` the number is taken to be the right one, whatever the code computes.
    """
    for count in _COUNT.finditer(thread):
        if not count["number"]:
            continue
        tests = re.findall(rf"^\t+if \(([^\n]*\b{count[1]}\b[^\n]*)\) \{{", thread, re.M)
        if not tests or any(not re.search(rf"\b{count[1]} [=!]= \d", one) for one in tests):
            return True
    return False


def _gives_up(thread: str) -> bool:
    """True of a path on which the count was not what it ought to be."""
    return any(
        re.search(rf"^\t+if \([^\n]*\b{one[1]} != \d", thread, re.M)
        for one in _COUNT.finditer(thread)
        if one["number"]
    )


def _beside_a_trusting_one(model: EntryModel, theirs: Walkers, fit: Sequence[Machine]) -> Counted:
    """As the walker of the tree is: it keeps what it took, whatever the entry is by then."""
    found = answer(_rewritten(model, _trusting), fit)
    if model.left_out or not found.machines.broken:
        why = "the tree's walker does not look again, and what that does was not settled"
        return Counted(found.machines, why=why)
    harm, name = model.adversary.harm, model.adversary.name
    return Counted(found.machines, (), found.witness, "", harm, name, walker=theirs.trusting)


def _trusting(text: str) -> str:
    """The test in which the adversary does not look at the entry again."""
    at = text.index("\nP1(")
    return text[:at] + _SECOND.sub("if (1 == 0) {", text[at:])


_SECOND = re.compile(r"if \(r\d+ != r\d+\) \{(?=\n\t+folio_put\(ref\);\n\t+\} else)")
"""The adversary's second look."""
CHANGED = "the entry is changed"
COMPARED = "the count of references is compared"
ORDERED = "orders the change of the entry before the count"
LOOKS_AGAIN = "the walker looks at the entry again"


def _rests_on(model: EntryModel, on: Machine) -> Iterator[tuple[str, int, str]]:
    """The operations without one of which a reference may be kept unseen.

    Without a change of the entry in front of the count there is no claim to show.
    """
    entry = _entry(model.adversary)
    telling = [one for one in model.tests if _deciding(_thread(one.litmus.text))]
    changes = dict.fromkeys(_changed_before(one, entry) for one in telling)
    yield from ((*place, CHANGED) for place in changes if place is not None)
    for place, what in _candidates(model).items():
        lost = _rewritten(model, partial(_without, place))
        if place not in changes and answer(lost, [on]).machines.broken:
            yield (*place, what)


def _candidates(model: EntryModel) -> dict[_Where, str]:
    """Lines with an operation that may matter, and what it is."""
    found: dict[_Where, str] = {}
    for test in model.tests:
        text = _thread(test.litmus.text)
        for match in _PLACED.finditer(text):
            place = match[3], int(match[4])
            if _COUNT.match(match[0]):
                found[place] = COMPARED
            elif _ORDERS.fullmatch(match[2]):
                found.setdefault(place, ORDERED)
    return found


def _without(place: _Where, text: str) -> str:
    """A test without what stands at one place: a count is what it ought to be then."""
    thread = _thread(text)
    path, line = place
    where = rf" *// {re.escape(path)}:{line}$"
    new = thread
    for count in re.finditer(_COUNT.pattern + r"[^\n]*?" + where, thread, re.M):
        new = _as_expected(new, count)
    new = re.sub(rf"^\t+(?:{_ORDERS.pattern}){where}\n", "", new, flags=re.M)
    return text.replace(thread, new)


def _as_expected(thread: str, count: re.Match[str]) -> str:
    """The thread as if a look at the count always found what it ought to."""
    register = count[1]

    def condition(match: re.Match[str]) -> str:
        told = match[0]
        if count["number"]:
            told = re.sub(rf"\b{register} == \d+", "1 == 1", told)
            return re.sub(rf"\b{register} != \d+", "1 == 0", told)
        return re.sub(rf"\b{register}\b", "1" if count["frozen"] else "0", told)

    return re.sub(r"^\t+if \([^\n]*\{", condition, thread, flags=re.M)


def _rewritten(model: EntryModel, to: Callable[[str], str]) -> EntryModel:
    tests = (
        replace(one, litmus=Litmus(one.litmus.name, to(one.litmus.text))) for one in model.tests
    )
    return replace(model, tests=tuple(tests))
