# ruff: noqa: E501 -- a statement stands on one line, as a table has it
"""The C that kernel people write: structures, loops, switches, functions."""

from __future__ import annotations

from tests.mmu.statements.case import FOO, one

C_LANGUAGE = [
    one("field read", "struct foo f={.a=3};", "int r = READ_ONCE(f->a);", "0:r=3", FOO),
    one("field write", "struct foo f;", "WRITE_ONCE(f->b, 4);", "f.b=4", FOO),
    one("field of a dotted initial value", "struct foo f; f.a=2;", "int r = f->a;", "0:r=2", FOO),
    one("address of a field", "struct foo f;", "int *p = &f->a; *p = 2;", "f.a=2", FOO),
    one("array in a struct", "struct foo f;", "f->v[1] = 5; int r = f->v[1];", "0:r=5", FOO),
    one("compound assignment to a field", "struct foo f;", "f->a += 2; f->a++;", "f.a=3", FOO),
    one(
        "pointer to a struct in memory",
        "struct foo f={.a=3}; struct foo *g=&f;",
        "struct foo *p = READ_ONCE(*g); int r = 0; if (p) r = READ_ONCE(p->a);",
        "0:r=3",
        FOO,
    ),
    one(
        "rcu_dereference of a field",
        "struct foo f={.a=3}; struct foo *g=&f;",
        "int r; struct foo *p; rcu_read_lock(); p = rcu_dereference(*g); r = p->a; rcu_read_unlock();",
        "0:r=3",
        FOO,
    ),
    one(
        "container_of",
        "struct foo f={.a=3};",
        "int *p = &f->b; struct foo *q = container_of(p, struct foo, b); int r = q->a;",
        "0:r=3",
        FOO,
    ),
    one("array of structs", "struct foo t[2];", "t[1].a = 4; int r = (t + 1)->a;", "0:r=4", FOO),
    one("array element", "int t[3]={1,2,3};", "int i = 2; int r = READ_ONCE(t[i]);", "0:r=3"),
    one("local array", "int x=0;", "int a[2] = {1, 2}; int r = a[0] + a[1];", "0:r=3"),
    one(
        "goto out",
        "int x=1;",
        "int r = 0; if (READ_ONCE(*x)) goto out; r = 5; out: return;",
        "0:r=0",
    ),
    one(
        "goto retry",
        "int x=0;",
        "int r = 0;\nretry:\n\tr++; if (r < 2) goto retry; WRITE_ONCE(*x, r);",
        "x=2",
    ),
    one(
        "goto into the end of two paths",
        "int x=0;",
        "int r = -1; if (*x) goto fail; r = 0; goto done; fail: r = 7; done: *x = r + 1;",
        "x=1",
    ),
    one(
        "switch",
        "int x=2;",
        "int r; switch (*x) { case 1: r = 1; break; case 2: case 3: r = 5; break; default: r = 9; }",
        "0:r=5",
    ),
    one(
        "switch falls through",
        "int x=1;",
        "int r = 0; switch (*x) { case 1: r += 1; fallthrough; case 2: r += 2; break; case 3: r = 9; }",
        "0:r=3",
    ),
    one("do while", "int x=0;", "int r = 0; do { r++; } while (r < 3);", "0:r=3"),
    one(
        "for with a declaration",
        "int x=0;",
        "int r = 0; for (int i = 0; i < 3; i++) r += i;",
        "0:r=3",
    ),
    one("for ever and break", "int x=0;", "int r = 0; for (;;) { if (++r == 2) break; }", "0:r=2"),
    one(
        "while continue",
        "int x=0;",
        "int r = 0; int i = 0; while (i < 3) { i++; if (i == 2) continue; r += i; }",
        "0:r=4",
    ),
    one(
        "likely", "int x=1;", "int r = 0; if (likely(*x)) r = 1; if (unlikely(!*x)) r = 2;", "0:r=1"
    ),
    one("two declarators", "int x=1;", "int a = 1, b = 2; int r = a + b;", "0:r=3"),
    one("bool true", "int x=0;", "bool r = true; if (r) r = false;", "0:r=0"),
    one("hex, BIT and shifts", "int x=0;", "unsigned long r = BIT(3) | 0x4UL | 1 << 1;", "0:r=14"),
    one("min and max", "int x=3;", "int r = min(*x, 2) + max(*x, 4);", "0:r=6"),
    one("ternary without a middle", "int x=3;", "int r = *x ?: 7;", "0:r=3"),
    one("double negation", "int x=4;", "int r = !!READ_ONCE(*x);", "0:r=1"),
    one("cast and const", "int x=3;", "const int r = (int)(unsigned long)READ_ONCE(*x);", "0:r=3"),
    one(
        "helper function",
        "int x=2;",
        "int r = twice(READ_ONCE(*x));",
        "0:r=4",
        "static int twice(int v) { return v + v; }\n",
    ),
    one(
        "static inline helper with a pointer",
        "int x=2;",
        "put(x, 6); int r = get(x);",
        "0:r=6",
        "static inline int get(int *p) { return READ_ONCE(*p); }\n"
        "static __always_inline void put(int *p, int v)\n{\n\tWRITE_ONCE(*p, v);\n}\n",
    ),
    one(
        "helper that leaves early",
        "int x=2;",
        "int r = sign(-3) + sign(0);",
        "0:r=-1",
        "static int sign(int v)\n{\n\tif (v < 0)\n\t\treturn -1;\n\treturn v > 0;\n}\n",
    ),
    one("macro constant", "int x=0;", "WRITE_ONCE(*x, FLAG);", "x=4", "#define FLAG 0x4\n"),
    one(
        "macro with an argument",
        "int x=0;",
        "WRITE_ONCE(*x, TWICE(3));",
        "x=6",
        "#define TWICE(v) ((v) + (v))\n",
    ),
    one("enum", "int x=0;", "WRITE_ONCE(*x, BUSY);", "x=1", "enum state { IDLE, BUSY, };\n"),
    one("WARN_ON", "int x=0;", "int r = 0; if (WARN_ON_ONCE(*x)) r = 1;", "0:r=0"),
    one("BUG_ON", "int x=0;", "BUG_ON(*x); VM_BUG_ON(*x == 2); int r = 1;", "0:r=1"),
    one(
        "lockdep_assert_held",
        "spinlock_t l=0;",
        "spin_lock(l); lockdep_assert_held(l); spin_unlock(l); int r = 1;",
        "0:r=1",
    ),
    one("statement expression", "int x=3;", "int r = ({ int t = *x; t + 1; });", "0:r=4"),
    one("IS_ERR_OR_NULL", "int x=0;", "int r = IS_ERR_OR_NULL(NULL);", "0:r=1"),
    one("EAGAIN", "int x=0;", "int r = -EAGAIN;", "0:r=-11"),
]
