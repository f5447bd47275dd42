"""Small files of our own with pairs of barriers, and what a patch of them takes away."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from reviewer.claims.comments import read_file
from reviewer.claims.model import Kind
from reviewer.evidence.models.lost import without_barrier
from reviewer.evidence.models.pairs import PairModel
from reviewer.judging.partners import partners_of
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "mm/example.c"

PUBLISH = """
    static int heron_poll(struct heron *h)
    {
            if (!READ_ONCE(h->ready))
                    return 0;
            /* Pairs with the smp_wmb() in heron_publish(). */
            smp_rmb();
            return h->fish;
    }

    static void heron_publish(struct heron *h)
    {
            h->fish = 1;
            smp_wmb();
            WRITE_ONCE(h->ready, 1);
    }
"""
BUFFER = """
    static void swan_wake(struct swan *s)
    {
            s->food = 1;
            /* Pairs with the smp_mb() in swan_sleep(). */
            smp_mb();
            if (READ_ONCE(s->asleep))
                    s->pokes++;
    }

    static void swan_sleep(struct swan *s)
    {
            WRITE_ONCE(s->asleep, 1);
            smp_mb();
            if (s->food)
                    return;
            s->naps++;
    }
"""
GULL = """
    struct gull { int eggs; int nest; };

    static void gull_lay(struct gull *g, struct tern *t)
    {
            t->fish = 1;
            /* Pairs with the smp_load_acquire() in gull_look(). */
            smp_store_release(&g->nest, 1);
    }

    static int gull_look(struct gull *g, struct tern *t)
    {
            if (!smp_load_acquire(&g->nest))
                    return 0;
            return t->age;
    }
"""
RING = """
    struct gull { int eggs; int nest; int fish; };

    static void gull_lay(struct gull *g)
    {
            read_lock(&ring);
            g->fish = 1;
            /* Pairs with the smp_load_acquire() in gull_look(). */
            smp_store_release(&g->nest, 1);
            read_unlock(&ring);
    }

    static int gull_look(struct gull *g)
    {
            int fish = 0;

            read_lock(&ring);
            if (smp_load_acquire(&g->nest))
                    fish = g->fish;
            read_unlock(&ring);
            return fish;
    }
"""
HATCH = """
    struct tern *tern_hatch(struct gull *g)
    {
            struct tern *t = tern_of_flock(g->flock);

            t->fish = 1;
            return t;
    }
"""
NEST = """
    struct tern { struct tern *mate; int age; };
    struct gull { int eggs; struct tern *nest; };

    static void gull_lay(struct gull *g, struct tern *t)
    {
            t->age = 1;
            /* Pairs with the smp_load_acquire() in gull_look(). */
            smp_store_release(&g->nest, t);
    }

    static int gull_look(struct gull *g)
    {
            struct tern *t = smp_load_acquire(&g->nest);

            return t ? t->mate->age : 0;
    }
"""
PLAIN = """
    static bool nested;

    static void gull_lay(struct tern *t)
    {
            t->fish = 1;
            /* Pairs with the smp_load_acquire() in gull_look(). */
            smp_store_release(&nested, true);
    }

    static int gull_look(struct tern *t)
    {
            return smp_load_acquire(&nested);
    }
"""
OWL = """
    struct owl { int gone; int seen; };

    static void owl_leaves(struct owl *o, struct nest *n)
    {
            WRITE_ONCE(o->gone, 1);
            /* Pairs with the smp_rmb() in owl_counted(). */
            smp_wmb();
            n->eggs = 0;
    }

    static bool owl_counted(struct owl *o, struct nest *n)
    {
            o->seen = n->age;
            smp_rmb();
            return READ_ONCE(o->gone);
    }
"""
COND = """
    struct gull { int eggs; int nest; };

    static void gull_lay(struct gull *g, struct tern *t)
    {
            t->fish = 1;
            /* Pairs with the smp_cond_load_acquire() in gull_wait(). */
            smp_store_release(&g->nest, 1);
    }

    static int gull_wait(struct gull *g, struct tern *t)
    {
            smp_cond_load_acquire(&g->nest, VAL);
            return t->age;
    }
"""


SETTLE = """
    void gull_settle(struct gull *g, struct tern *t)
    {
            t->fish = 1;
            gull_lay(g, t);
    }
"""
IN_CALLER = GULL.replace("            t->fish = 1;\n", "") + SETTLE
RELEASED = ("smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)")
ACQUIRED = ("smp_load_acquire(&g->nest)", "READ_ONCE(g->nest)")


def lost(
    before: str, old: str, new: str, beside: str = "", beside_then: str = "",
    ask: Callable[..., PairModel | None] = without_barrier,
) -> PairModel | None:  # fmt: skip
    """What a patch does to the first pair of a file; another file stands beside it.

    ``beside_then`` is what the patch makes of that file, if it changes it.
    """
    assert old in before
    libraries: list[Library] = []
    for code, other in ((before, beside), (before.replace(old, new), beside_then or beside)):
        source = SourceFile.parse(PATH, inspect.cleandoc("\n" + code).encode() + b"\n")
        tree = MemoryTree({PATH: source.data, "mm/beside.c": inspect.cleandoc(other).encode()})
        former = libraries[0] if libraries else None
        library = Library(tree, memory_index(tree), before=former)
        library.put(source)
        libraries.append(library)
    claim = next(
        claim
        for reading in read_file(source, prepare(Selection()).reader)
        for claim in reading.claims
        if claim.kind is Kind.PAIRS
    )
    partner, place = next(iter(partners_of(claim)))
    return ask(World(source, libraries[1]), claim, partner, place)
