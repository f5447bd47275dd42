"""A small file of our own with an updater that waits for readers, and how to ask about it."""

from __future__ import annotations

import inspect

from reviewer.evidence.models.grace.model import GraceModel, grace_model
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "mm/eider.c"
CODE = """
    static void eider_drop(struct eider *e)
    {
            spin_lock(&eider_lock);
            list_del_rcu(&e->node);
            spin_unlock(&eider_lock);
            synchronize_rcu();
            eider_note(e);
            kfree(e);
    }

    static void eider_note(struct eider *e)
    {
            e->noted = 1;
    }

    static int eider_sum(struct pond *p)
    {
            struct eider *e;
            int n = 0;

            rcu_read_lock();
            list_for_each_entry_rcu(e, &p->eiders, node)
                    n += e->eggs;
            rcu_read_unlock();
            return n;
    }
"""

WAIT = "            synchronize_rcu();\n"

ENTER = "            rcu_read_lock();\n"

LEAVE = "            rcu_read_unlock();\n"

FREE = "            kfree(e);\n"
SWAP = """
    static void eider_drop(struct pond *p, struct eider *new)
    {
            struct eider *old = rcu_dereference_protected(p->eider, 1);

            rcu_assign_pointer(p->eider, new);
            synchronize_rcu();
            kfree(old);
    }

    static int eider_eggs(struct pond *p)
    {
            struct eider *e;
            int n;

            rcu_read_lock();
            e = rcu_dereference(p->eider);
            n = e->eggs;
            rcu_read_unlock();
            return n;
    }
"""
IF, ENDIF = "#ifdef CONFIG_EIDER\n", "#endif\n"


def library_of(code: str, before: Library | None = None, **more: str) -> Library:
    files = {PATH: code, **{f"mm/{name}.c": text for name, text in more.items()}}
    tree = MemoryTree({p: inspect.cleandoc("\n" + c).encode() + b"\n" for p, c in files.items()})
    return Library(tree, memory_index(tree), before=before)


def world_of(code: str, before: Library | None = None, **more: str) -> World:
    library = library_of(code, before, **more)
    source = library.source(PATH)
    assert isinstance(source, SourceFile)
    return World(source, library)


def asked(code: str, name: str = "eider_drop") -> GraceModel:
    world = world_of(code)
    (function,) = world.source.functions_named(name)
    return grace_model(world, function)
