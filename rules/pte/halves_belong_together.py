"""The two words of a page-table entry said to be seen together."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.judging.machines import admitted
from reviewer.judging.scenario import judge, load
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Flow
from reviewer.verdict import Breaks, Decision, Evidence, Location, Severity, Verdict, unknown
from reviewer.world import World


class HalvesBelongTogether(Rule):
    """A reader is taken to see the low and the high word of an entry together.

    Why it breaks: an entry wider than a word is written and read in two steps. Writers clear the
    low word (with the present bit) first and set it last; a reader is right only if it reads low,
    high, and low again with read barriers in between.

    Where it still holds: with both barriers and one replacement of the entry; on machines that do
    not reorder loads even without them.

    Write instead: which order of reads and writes is relied on.

    Limits: judged on the reader the comment stands above, by its barriers; whether the low word
    may come back with another high word is entry-kept-until-flush's to judge.

    References: include/linux/pgtable.h ptep_get_lockless(),
    arch/x86/include/asm/pgtable-3level.h native_set_pte().
    """

    name = "halves-belong-together"
    family = "pte"
    since = "0.1"
    severity = Severity.HIGH
    reads = (Reads(Kind.ATOMIC, subject=("split-entry",)),)
    stale = (
        Example(
            """
            #ifdef CONFIG_GUP_GET_PXX_LOW_HIGH
            /* The load of pte_low sees 'l' iff pte_high sees 'h'. */
            static inline pte_t read_both_halves(pte_t *ptep)
            {
                    pte_t pte;

                    do {
                            pte.pte_low = READ_ONCE(ptep->pte_low);
                            pte.pte_high = READ_ONCE(ptep->pte_high);
                    } while (pte.pte_low != READ_ONCE(ptep->pte_low));
                    return pte;
            }
            #endif
            """,
            words="load of pte_low sees 'l' iff pte_high",
            breaks="result",
            broken_on=("mips32", "sh-x2tlb"),
        ),
    )
    sound = (
        Example(
            """
            #ifdef CONFIG_GUP_GET_PXX_LOW_HIGH
            /* The load of pte_low sees 'l' iff pte_high sees 'h'. */
            static inline pte_t read_both_halves(pte_t *ptep)
            {
                    pte_t pte;

                    do {
                            pte.pte_low = READ_ONCE(ptep->pte_low);
                            smp_rmb();
                            pte.pte_high = READ_ONCE(ptep->pte_high);
                            smp_rmb();
                    } while (pte.pte_low != READ_ONCE(ptep->pte_low));
                    return pte;
            }
            #endif
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Run the reader, with the barriers it has, against one replacement of the entry."""
        function = world.function(claim)
        if function is None:
            return unknown("the claim stands above no function")
        facts = world.function_facts(function)
        loops = [op for op in facts.operations if op.flow is Flow.LOOP]
        barriers = [op for op in loops if _orders_reads(op.concepts)]
        words = world.source.code(function.body_start, function.body_end)
        if not (b"_low" in words and b"_high" in words and b"while" in words):
            return unknown("the code is no loop over both words")
        machines = tuple(one for one in admitted(world, claim) if one.split)
        if not machines:
            return unknown("no machine with two-word entries fits the comment's conditions")
        if len(barriers) == 1:
            return unknown("one of the two read barriers is there, which is not modelled")
        name = "split-one-replacement" if barriers else "split-one-replacement-no-rmb"
        judged = judge(load(self.folder, name), machines)
        where = Location(
            facts.path,
            barriers[0].line if barriers else function.start_line,
            "the reads are ordered here" if barriers else "no barrier orders the reads",
        )
        if judged.machines.broken:
            return Verdict(
                Decision.BROKEN,
                "nothing orders the reads of the two words, so halves of two entries can be seen",
                breaks=Breaks.RESULT,
                evidence=Evidence((where,), judged.witness),
                machines=judged.machines,
            )
        decision = Decision.UNKNOWN if judged.machines.unknown else Decision.HOLDS
        return Verdict(
            decision,
            "one replacement of the entry is seen whole or not at all",
            evidence=Evidence((where,)),
            machines=judged.machines,
            rests_on=tuple(Location(world.path, op.line, f"{op.name}()") for op in barriers),
        )


def _orders_reads(concepts: frozenset[str]) -> bool:
    return not concepts.isdisjoint({"barrier.rmb", "barrier.mb"})
