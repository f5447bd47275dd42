# ruff: noqa: E501 -- a statement stands on one line, as a table has it
"""Statements that kernel people write, each as a small test with the verdict it must have.

``initial`` declares the locations with their types; every thread takes all of them as parameters.
One body is a thread alone (``Always`` what the C says); two are a race decided by LKMM.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """One statement or idiom: what is declared, the threads' bodies, the question, the answer."""

    name: str
    initial: str
    bodies: tuple[str, ...]
    condition: str
    verdict: str
    before: str = ""
    variants: tuple[str, ...] = ()

    def litmus(self) -> str:
        """The whole test as litmus text."""
        params = []
        for entry in self.initial.split(";"):
            head = entry.split("=")[0].split("[")[0].strip()
            if head and not re.match(r"\d+:", head) and "." not in head:
                kind, _, name = head.rpartition(" ")
                stars = "*" * (name.count("*") + 1)
                params.append(f"{kind.strip()} {stars}{name.lstrip('*')}")
        listed = ", ".join(params)
        threads = "".join(
            f"P{number}({listed})\n{{\n\t{body}\n}}\n" for number, body in enumerate(self.bodies)
        )
        name = re.sub(r"\W+", "-", self.name)
        return f"C {name}\n{{ {self.initial} }}\n{self.before}{threads}exists ({self.condition})\n"


def one(name: str, initial: str, body: str, condition: str, before: str = "") -> Case:
    """A thread alone, whose end is certain."""
    return Case(name, initial, (body,), condition, "Always", before)


def race(
    name: str, initial: str, first: str, second: str, condition: str, verdict: str, before: str = ""
) -> Case:
    """Two threads."""
    return Case(name, initial, (first, second), condition, verdict, before)


FOO = "struct foo { int a; int b; int v[2]; spinlock_t lock; refcount_t refs; };\n"
XY = "int x=0; int y=0;"
# Message passing through a lock-like pair: data written before the release, read after the acquire.
SEEN = "1:r1=1 /\\ 1:r2=0"
BOTH = "0:r=1 /\\ 1:r=1"

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

LOCKS = [
    race(
        "guard spinlock",
        "int x=0; int y=0; spinlock_t l=0;",
        "guard(spinlock)(l); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1);",
        "int r1; int r2; guard(spinlock)(l); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x);",
        "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1",
        "Never",
    ),
    race(
        "scoped_guard mutex",
        "int x=0; int y=0; struct mutex m=0;",
        "scoped_guard(mutex, m) { WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); }",
        "int r1; int r2; scoped_guard(mutex, m) { r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); }",
        "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1",
        "Never",
    ),
    race(
        "scoped_guard ends",
        "int x=0; int y=0; struct mutex m=0;",
        "scoped_guard(mutex, m) { WRITE_ONCE(*x, 1); } WRITE_ONCE(*y, 1);",
        "int r1; int r2; mutex_lock(m); r1 = READ_ONCE(*x); mutex_unlock(m); r2 = READ_ONCE(*y);",
        "1:r1=0 /\\ 1:r2=1",
        "Sometimes",
    ),
    race(
        "guard rcu",
        "int x=0; int y=0;",
        "WRITE_ONCE(*x, 1); synchronize_rcu(); WRITE_ONCE(*y, 1);",
        "int r1; int r2; guard(rcu)(); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
    ),
    race(
        "guard leaves with return",
        "int x=0; int y=0; spinlock_t l=0;",
        "guard(spinlock)(l); WRITE_ONCE(*x, 1); if (READ_ONCE(*y)) return; WRITE_ONCE(*x, 0);",
        "int r; spin_lock(l); r = READ_ONCE(*x); spin_unlock(l);",
        "1:r=1",
        "Never",
    ),
    race(
        "mutex",
        "int x=0; int y=0; struct mutex m=0;",
        "mutex_lock(m); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); mutex_unlock(m);",
        "int r1; int r2; mutex_lock(m); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); mutex_unlock(m);",
        "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1",
        "Never",
    ),
    race(
        "mutex_trylock fails",
        "int x=0; struct mutex m=0;",
        "mutex_lock(m); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); mutex_unlock(m);",
        "int r1 = 0; int r2 = 0; if (mutex_trylock(m)) { r1 = 1; r2 = READ_ONCE(*x); mutex_unlock(m); }",
        "1:r1=1 /\\ 1:r2=1",
        "Never",
    ),
    race(
        "rwsem excludes the writer",
        "int x=0; int y=0; struct rw_semaphore s=0;",
        "down_write(s); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); up_write(s);",
        "int r1; int r2; down_read(s); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); up_read(s);",
        "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1",
        "Never",
    ),
    race(
        "rwsem admits two readers",
        "int x=0; int y=0; struct rw_semaphore s=0;",
        "int r; down_read(s); WRITE_ONCE(*x, 1); r = READ_ONCE(*y); up_read(s);",
        "int r; down_read(s); WRITE_ONCE(*y, 1); r = READ_ONCE(*x); up_read(s);",
        BOTH,
        "Sometimes",
    ),
    race(
        "downgrade_write",
        "int x=0; int y=0; struct rw_semaphore s=0;",
        "down_write(s); WRITE_ONCE(*x, 1); downgrade_write(s); WRITE_ONCE(*y, 1); up_read(s);",
        "int r1; int r2; down_write(s); r1 = READ_ONCE(*x); r2 = READ_ONCE(*y); up_write(s);",
        "1:r1=1 /\\ 1:r2=0",
        "Never",
    ),
    race(
        "down_read_trylock",
        "int x=0; struct rw_semaphore s=0;",
        "down_write(s); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); up_write(s);",
        "int r = 0; if (down_read_trylock(s)) { r = READ_ONCE(*x); up_read(s); }",
        "1:r=1",
        "Never",
    ),
    race(
        "mmap_lock",
        "int x=0; int y=0; struct mm_struct mm;",
        "mmap_write_lock(mm); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); mmap_write_unlock(mm);",
        "int r1; int r2; mmap_read_lock(mm); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); mmap_read_unlock(mm);",
        "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1",
        "Never",
    ),
    race(
        "mmap_read_trylock",
        "int x=0; struct mm_struct mm;",
        "mmap_write_lock(mm); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); mmap_write_unlock(mm);",
        "int r = 0; if (mmap_read_trylock(mm)) { r = READ_ONCE(*x); mmap_read_unlock(mm); }",
        "1:r=1",
        "Never",
    ),
    race(
        "per-VMA lock against a writer",
        "int x=0; struct mm_struct mm; struct vm_area_struct vma; vma.vm_mm=mm; mm.mm_lock_seq=1;",
        "mmap_write_lock(mm); vma_start_write(vma); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); mmap_write_unlock(mm);",
        "int r = 0; if (vma_start_read(vma)) { r = READ_ONCE(*x); vma_end_read(vma); }",
        "1:r=1",
        "Never",
    ),
    race(
        "per-VMA lock, writer forgets vma_start_write",
        "int x=0; struct mm_struct mm; struct vm_area_struct vma; vma.vm_mm=mm; mm.mm_lock_seq=1;",
        "mmap_write_lock(mm); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); mmap_write_unlock(mm);",
        "int r = 0; if (vma_start_read(vma)) { r = READ_ONCE(*x); vma_end_read(vma); }",
        "1:r=1",
        "Sometimes",
    ),
    race(
        "rwlock",
        "int x=0; int y=0; rwlock_t l=0;",
        "write_lock(l); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); write_unlock(l);",
        "int r1; int r2; read_lock(l); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); read_unlock(l);",
        "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1",
        "Never",
    ),
    race(
        "spin_lock_bh",
        "int x=0; spinlock_t l=0;",
        "spin_lock_bh(l); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); spin_unlock_bh(l);",
        "int r; spin_lock_bh(l); r = READ_ONCE(*x); spin_unlock_bh(l);",
        "1:r=1",
        "Never",
    ),
    race(
        "spin_lock_irqsave",
        "int x=0; spinlock_t l=0;",
        "unsigned long flags; spin_lock_irqsave(l, flags); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); spin_unlock_irqrestore(l, flags);",
        "int r; spin_lock_irq(l); r = READ_ONCE(*x); spin_unlock_irq(l);",
        "1:r=1",
        "Never",
    ),
    race(
        "raw_spin_lock",
        "int x=0; raw_spinlock_t l=0;",
        "raw_spin_lock(l); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); raw_spin_unlock(l);",
        "int r; raw_spin_lock(l); r = READ_ONCE(*x); raw_spin_unlock(l);",
        "1:r=1",
        "Never",
    ),
    race(
        "lock in a struct",
        "struct foo f;",
        "spin_lock(&f->lock); f->a = 1; f->b = 1; spin_unlock(&f->lock);",
        "int r1; int r2; spin_lock(&f->lock); r1 = f->a; r2 = f->b; spin_unlock(&f->lock);",
        "1:r1=1 /\\ 1:r2=0",
        "Never",
        FOO,
    ),
    race(
        "semaphore",
        "int x=0; struct semaphore s=1;",
        "down(s); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); up(s);",
        "int r; down(s); r = READ_ONCE(*x); up(s);",
        "1:r=1",
        "Never",
    ),
    race(
        "bit spinlock",
        "int x=0; unsigned long w=0;",
        "bit_spin_lock(3, w); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); bit_spin_unlock(3, w);",
        "int r; bit_spin_lock(3, w); r = READ_ONCE(*x); bit_spin_unlock(3, w);",
        "1:r=1",
        "Never",
    ),
    race(
        "folio lock",
        "int x=0; struct folio f;",
        "folio_lock(f); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); folio_unlock(f);",
        "int r = 0; if (folio_trylock(f)) { r = READ_ONCE(*x); folio_unlock(f); }",
        "1:r=1",
        "Never",
    ),
    race(
        "lock_page",
        "int x=0; struct page p;",
        "lock_page(p); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); unlock_page(p);",
        "int r; lock_page(p); r = READ_ONCE(*x); unlock_page(p);",
        "1:r=1",
        "Never",
    ),
    race(
        "percpu-rwsem",
        "int x=0; int y=0; struct percpu_rw_semaphore s;",
        "percpu_down_write(s); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); percpu_up_write(s);",
        "int r1; int r2; percpu_down_read(s); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); percpu_up_read(s);",
        "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1",
        "Never",
    ),
    race(
        "pte_offset_map_lock",
        "int x=0; pmd_t pmd=1; pte_t pte=1; spinlock_t ptl=0;",
        "spin_lock(ptl); set_pte_at(mm, addr, pte, 0); WRITE_ONCE(*x, 1); spin_unlock(ptl);",
        "int r1; int r2; pte_t *p = pte_offset_map_lock(mm, pmd, addr, &ptl); r1 = ptep_get(pte); r2 = READ_ONCE(*x); pte_unmap_unlock(pte, ptl);",
        "1:r1=0 /\\ 1:r2=0",
        "Never",
    ),
]

ATOMICS = [
    one(
        "refcount_inc_not_zero",
        "refcount_t c=0;",
        "int r = refcount_inc_not_zero(c);",
        "0:r=0 /\\ c=0",
    ),
    one(
        "refcount_set and read",
        "refcount_t c=0;",
        "refcount_set(c, 2); int r = refcount_read(c);",
        "0:r=2",
    ),
    one(
        "refcount_inc",
        "refcount_t c=1;",
        "refcount_inc(c); refcount_dec(c); refcount_add(2, c);",
        "c=3",
    ),
    race(
        "refcount_dec_and_test frees after the other's use",
        "int x=0; refcount_t c=2;",
        "int r = 0; WRITE_ONCE(*x, 1); r = refcount_dec_and_test(c);",
        "int r1; int r2 = 1; r1 = refcount_dec_and_test(c); if (r1) r2 = READ_ONCE(*x);",
        "1:r1=1 /\\ 1:r2=0",
        "Never",
    ),
    one(
        "refcount_dec_not_one",
        "refcount_t c=1;",
        "int r = refcount_dec_not_one(c);",
        "0:r=0 /\\ c=1",
    ),
    one(
        "refcount_dec_and_lock",
        "refcount_t c=1; spinlock_t l=0;",
        "int r = refcount_dec_and_lock(c, l); if (r) spin_unlock(l);",
        "0:r=1 /\\ c=0",
    ),
    one("kref", "struct kref k;", "kref_init(k); kref_get(k); int r = kref_read(k);", "0:r=2"),
    one(
        "kref_put",
        "struct kref k; int x=0;",
        "kref_init(k); kref_put(k, release);",
        "k.refcount=0",
        "static void release(struct kref *k) { }\n",
    ),
    one("kref_get_unless_zero", "struct kref k;", "int r = kref_get_unless_zero(k);", "0:r=0"),
    one(
        "try_cmpxchg succeeds",
        "int x=1;",
        "int o = 1; int r = try_cmpxchg(x, &o, 5);",
        "0:r=1 /\\ x=5",
    ),
    one(
        "try_cmpxchg fails and tells",
        "int x=3;",
        "int o = 1; int r = try_cmpxchg(x, &o, 5);",
        "0:r=0 /\\ 0:o=3 /\\ x=3",
    ),
    one(
        "atomic_try_cmpxchg loop",
        "atomic_t c=2;",
        "int o = atomic_read(c); do { if (!o) break; } while (!atomic_try_cmpxchg(c, &o, o + 1));",
        "c=3",
    ),
    one(
        "atomic_try_cmpxchg_acquire",
        "atomic_t c=0;",
        "int o = 0; int r = atomic_try_cmpxchg_acquire(c, &o, 1);",
        "0:r=1",
    ),
    one(
        "atomic_long_t",
        "atomic_long_t c=0;",
        "atomic_long_inc(c); atomic_long_add(2, c); int r = atomic_long_read(c);",
        "0:r=3",
    ),
    one("atomic64_t", "atomic64_t c=1;", "int r = atomic64_dec_return(c);", "0:r=0"),
    one(
        "atomic_inc_unless_negative",
        "atomic_t c=-1;",
        "int r = atomic_inc_unless_negative(c);",
        "0:r=0 /\\ c=-1",
    ),
    one(
        "atomic_dec_if_positive",
        "atomic_t c=0;",
        "int r = atomic_dec_if_positive(c);",
        "0:r=-1 /\\ c=0",
    ),
    one(
        "atomic_fetch_add_unless",
        "atomic_t c=3;",
        "int r = atomic_fetch_add_unless(c, 2, 9);",
        "0:r=3 /\\ c=5",
    ),
    one("atomic_inc_not_zero", "atomic_t c=0;", "int r = atomic_inc_not_zero(c);", "0:r=0"),
    one(
        "set_bit",
        "unsigned long w=0;",
        "set_bit(2, w); __set_bit(0, w); int r = test_bit(2, w);",
        "0:r=1 /\\ w=5",
    ),
    one("clear_bit", "unsigned long w=7;", "clear_bit(1, w); change_bit(0, w);", "w=4"),
    one(
        "test_and_set_bit",
        "unsigned long w=0;",
        "int r = test_and_set_bit(1, w); int q = test_and_set_bit(1, w);",
        "0:r=0 /\\ 0:q=1 /\\ w=2",
    ),
    one(
        "test_and_clear_bit",
        "unsigned long w=3;",
        "int r = test_and_clear_bit(0, w);",
        "0:r=1 /\\ w=2",
    ),
    race(
        "test_and_set_bit_lock and clear_bit_unlock",
        "int x=0; unsigned long w=0;",
        "if (!test_and_set_bit_lock(0, w)) { WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 0); clear_bit_unlock(0, w); }",
        "int r = 0; if (!test_and_set_bit_lock(0, w)) { r = READ_ONCE(*x); clear_bit_unlock(0, w); }",
        "1:r=1",
        "Never",
    ),
    race(
        "clear_bit is no release",
        "int x=0; unsigned long w=1;",
        "WRITE_ONCE(*x, 1); clear_bit(0, w);",
        "int r1; int r2; r1 = test_bit(0, w); smp_rmb(); r2 = READ_ONCE(*x);",
        "1:r1=0 /\\ 1:r2=0",
        "Sometimes",
    ),
    race(
        "smp_mb__before_atomic and clear_bit",
        "int x=0; unsigned long w=1;",
        "WRITE_ONCE(*x, 1); smp_mb__before_atomic(); clear_bit(0, w);",
        "int r1; int r2; r1 = test_bit(0, w); smp_rmb(); r2 = READ_ONCE(*x);",
        "1:r1=0 /\\ 1:r2=0",
        "Never",
    ),
    race(
        "smp_cond_load_acquire",
        XY,
        "WRITE_ONCE(*x, 1); smp_store_release(y, 1);",
        "int r1; int r2; r1 = smp_cond_load_acquire(y, VAL != 0); r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
    ),
    race(
        "smp_cond_load_relaxed",
        XY,
        "WRITE_ONCE(*x, 1); smp_store_release(y, 1);",
        "int r1; int r2; r1 = smp_cond_load_relaxed(y, VAL == 1); r2 = READ_ONCE(*x);",
        SEEN,
        "Sometimes",
    ),
    race(
        "atomic_cond_read_acquire",
        "int x=0; atomic_t y=0;",
        "WRITE_ONCE(*x, 1); atomic_set_release(y, 1);",
        "int r1; int r2; r1 = atomic_cond_read_acquire(y, VAL); r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
    ),
    race(
        "smp_acquire__after_ctrl_dep",
        XY,
        "WRITE_ONCE(*x, 1); smp_store_release(y, 1);",
        "int r1; int r2 = 1; r1 = READ_ONCE(*y); if (r1) { smp_acquire__after_ctrl_dep(); r2 = READ_ONCE(*x); }",
        SEEN,
        "Never",
    ),
    one(
        "xchg of a pointer",
        "int x=3; int *g=&x;",
        "int *p = xchg(g, NULL); int r = *p;",
        "0:r=3 /\\ g=0",
    ),
    one("cmpxchg64", "u64 x=1;", "u64 r = cmpxchg64(x, 1, 2);", "0:r=1 /\\ x=2"),
    one(
        "mb and wmb",
        "int x=0;",
        "mb(); rmb(); wmb(); dma_wmb(); dma_rmb(); smp_mb(); int r = 1;",
        "0:r=1",
    ),
    one("data_race", "int x=3;", "int r = data_race(*x);", "0:r=3"),
    one(
        "this_cpu_inc",
        "int c=0;",
        "this_cpu_inc(*c); this_cpu_add(*c, 2); int r = this_cpu_read(*c);",
        "0:r=3",
    ),
]

WAITING = [
    race(
        "call_rcu",
        "int x=0; struct foo f;",
        "WRITE_ONCE(*x, 1); call_rcu(&f->rcu, gone);",
        "int r1; int r2; rcu_read_lock(); r1 = READ_ONCE(f->a); r2 = READ_ONCE(*x); rcu_read_unlock();",
        SEEN,
        "Never",
        "struct foo { int a; struct rcu_head rcu; };\n"
        "static void gone(struct rcu_head *h)\n{\n"
        "\tstruct foo *f = container_of(h, struct foo, rcu);\n\tWRITE_ONCE(f->a, 1);\n}\n",
    ),
    race(
        "call_rcu runs",
        "struct foo f;",
        "call_rcu(&f->rcu, gone);",
        "int r = READ_ONCE(f->a);",
        "f.a=0",
        "Never",
        "struct foo { int a; struct rcu_head rcu; };\n"
        "static void gone(struct rcu_head *h) { WRITE_ONCE(container_of(h, struct foo, rcu)->a, 1); }\n",
    ),
    race(
        "kfree_rcu",
        "struct foo f; struct foo *g=&f;",
        "rcu_assign_pointer(*g, NULL); kfree_rcu(f, rcu);",
        "int r = 0; rcu_read_lock(); struct foo *p = rcu_dereference(*g); if (p) r = READ_ONCE(p->a); rcu_read_unlock();",
        "1:r=99",
        "Never",
        "struct foo { int a; struct rcu_head rcu; };\n",
    ),
    race(
        "kfree without a grace period",
        "struct foo f; struct foo *g=&f;",
        "rcu_assign_pointer(*g, NULL); kfree(f);",
        "int r = 0; rcu_read_lock(); struct foo *p = rcu_dereference(*g); if (p) r = READ_ONCE(p->a); rcu_read_unlock();",
        "1:r=99",
        "Sometimes",
        "struct foo { int a; struct rcu_head rcu; };\n",
    ),
    race(
        "rcu_barrier",
        "struct foo f; int x=0;",
        "call_rcu(&f->rcu, gone); rcu_barrier(); int r = READ_ONCE(f->a);",
        "int r = 0;",
        "0:r=0",
        "Never",
        "struct foo { int a; struct rcu_head rcu; };\n"
        "static void gone(struct rcu_head *h) { WRITE_ONCE(container_of(h, struct foo, rcu)->a, 1); }\n",
    ),
    race(
        "synchronize_rcu_expedited",
        XY,
        "WRITE_ONCE(*x, 1); synchronize_rcu_expedited(); WRITE_ONCE(*y, 1);",
        "int r1; int r2; rcu_read_lock(); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); rcu_read_unlock();",
        SEEN,
        "Never",
    ),
    race(
        "get_state_synchronize_rcu",
        XY,
        "unsigned long s; WRITE_ONCE(*x, 1); s = get_state_synchronize_rcu(); cond_synchronize_rcu(s); WRITE_ONCE(*y, 1);",
        "int r1; int r2; rcu_read_lock(); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); rcu_read_unlock();",
        SEEN,
        "Never",
    ),
    race(
        "SRCU",
        "int x=0; int y=0; struct srcu_struct s;",
        "WRITE_ONCE(*x, 1); synchronize_srcu(s); WRITE_ONCE(*y, 1);",
        "int r1; int r2; int i = srcu_read_lock(s); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); srcu_read_unlock(s, i);",
        SEEN,
        "Never",
    ),
    race(
        "SRCU light",
        "int x=0; int y=0; struct srcu_struct s;",
        "WRITE_ONCE(*x, 1); synchronize_srcu(s); WRITE_ONCE(*y, 1);",
        "int r1; int r2; int i = srcu_read_lock_lite(s); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); srcu_read_unlock_lite(s, i);",
        SEEN,
        "Never",
    ),
    race(
        "SRCU fast",
        "int x=0; int y=0; struct srcu_struct s;",
        "WRITE_ONCE(*x, 1); synchronize_srcu(s); WRITE_ONCE(*y, 1);",
        "int r1; int r2; struct srcu_ctr *i = srcu_read_lock_fast(s); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); srcu_read_unlock_fast(s, i);",
        SEEN,
        "Never",
    ),
    race(
        "tasks RCU waits for a thread to sleep",
        XY,
        "WRITE_ONCE(*x, 1); synchronize_rcu_tasks(); WRITE_ONCE(*y, 1);",
        "int r1; int r2; r1 = READ_ONCE(*y); r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
    ),
    race(
        "tasks RCU ends at schedule",
        XY,
        "WRITE_ONCE(*x, 1); synchronize_rcu_tasks(); WRITE_ONCE(*y, 1);",
        "int r1; int r2; r2 = READ_ONCE(*x); schedule(); r1 = READ_ONCE(*y);",
        SEEN,
        "Sometimes",
    ),
    race(
        "tasks trace RCU",
        XY,
        "WRITE_ONCE(*x, 1); synchronize_rcu_tasks_trace(); WRITE_ONCE(*y, 1);",
        "int r1; int r2; rcu_read_lock_trace(); r1 = READ_ONCE(*y); r2 = READ_ONCE(*x); rcu_read_unlock_trace();",
        SEEN,
        "Never",
    ),
    race(
        "seqcount write section",
        "int x=0; int y=0; seqcount_t s=0;",
        "write_seqcount_begin(s); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); write_seqcount_end(s);",
        "unsigned int q; int r1; int r2; do { q = read_seqcount_begin(s); r1 = READ_ONCE(*x); r2 = READ_ONCE(*y); } while (read_seqcount_retry(s, q));",
        "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1",
        "Never",
    ),
    race(
        "seqlock",
        "int x=0; int y=0; seqlock_t s;",
        "write_seqlock(s); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); write_sequnlock(s);",
        "unsigned int q; int r1; int r2; do { q = read_seqbegin(s); r1 = READ_ONCE(*x); r2 = READ_ONCE(*y); } while (read_seqretry(s, q));",
        "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1",
        "Never",
    ),
    race(
        "set_current_state and wake_up_process",
        "int x=0; struct task_struct t; 0:current=&t;",
        "int r = -1; set_current_state(TASK_INTERRUPTIBLE); r = READ_ONCE(*x);",
        "int w; WRITE_ONCE(*x, 1); w = wake_up_process(t);",
        "0:r=0 /\\ 1:w=0",
        "Never",
    ),
    race(
        "__set_current_state has no barrier",
        "int x=0; struct task_struct t; 0:current=&t;",
        "int r = -1; __set_current_state(TASK_INTERRUPTIBLE); r = READ_ONCE(*x);",
        "int w; WRITE_ONCE(*x, 1); w = wake_up_process(t);",
        "0:r=0 /\\ 1:w=0",
        "Sometimes",
    ),
    race(
        "wait_event and wake_up",
        "int x=0; int y=0; wait_queue_head_t q;",
        "WRITE_ONCE(*x, 1); smp_store_release(y, 1); wake_up(q);",
        "int r; wait_event(q, READ_ONCE(*y)); smp_rmb(); r = READ_ONCE(*x);",
        "1:r=0",
        "Never",
    ),
    race(
        "completion",
        "int x=0; struct completion c;",
        "WRITE_ONCE(*x, 1); complete(c);",
        "int r; wait_for_completion(c); r = READ_ONCE(*x);",
        "1:r=0",
        "Never",
    ),
    race(
        "rcuwait",
        "int x=0; struct rcuwait w;",
        "WRITE_ONCE(*x, 1); rcuwait_wake_up(w);",
        "int r; rcuwait_wait_event(w, READ_ONCE(*x), TASK_UNINTERRUPTIBLE); r = READ_ONCE(*x);",
        "1:r=0",
        "Never",
    ),
    race(
        "percpu-ref",
        "int x=0; int y=0; struct percpu_ref p={.count=1};",
        "percpu_ref_kill(p); while (!percpu_ref_is_zero(p)) cpu_relax(); smp_mb(); WRITE_ONCE(*x, 1);",
        "int r = 0; if (percpu_ref_tryget_live(p)) { r = READ_ONCE(*x); percpu_ref_put(p); }",
        "1:r=1",
        "Never",
    ),
    race(
        "schedule_work as a thread",
        "int x=0; int y=0; struct work_struct w;",
        "WRITE_ONCE(*x, 1); INIT_WORK(w, fn); schedule_work(w); flush_work(w); int r = READ_ONCE(w->done);",
        "int q = READ_ONCE(*y);",
        "0:r=0",
        "Never",
        "struct work_struct { int done; };\nstatic void fn(struct work_struct *w) { WRITE_ONCE(w->done, 1); }\n",
    ),
    race(
        "IPI handler",
        "int x=0; int y=0;",
        "WRITE_ONCE(*x, 1); smp_call_function(handler, y, 1); int r = READ_ONCE(*y);",
        "int q = 0;",
        "0:r=0",
        "Never",
        "static void handler(void *info) { WRITE_ONCE(*info, 1); }\n",
    ),
    race(
        "timer handler",
        "int x=0; int y=0; struct timer_list t;",
        "WRITE_ONCE(*x, 1); timer_setup(t, fn, 0); mod_timer(t, 1);",
        "int r1; int r2; r1 = READ_ONCE(t->seen); smp_rmb(); r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
        "struct timer_list { int seen; };\n"
        "static void fn(struct timer_list *t) { smp_store_release(&t->seen, 1); }\n",
    ),
    one(
        "might_sleep and cond_resched",
        "int x=0;",
        "might_sleep(); cond_resched(); cpu_relax(); int r = 1;",
        "0:r=1",
    ),
    one(
        "in_interrupt-free code",
        "int x=0;",
        "int r = 1; preempt_disable(); migrate_disable(); migrate_enable(); preempt_enable();",
        "0:r=1",
    ),
]

MMU = [
    one(
        "set_ptes",
        "pte_t t[3]={0,0,0};",
        "set_ptes(mm, addr, t, 3, 3);",
        "t[0]=3 /\\ t[1]=4 /\\ t[2]=5",
    ),
    one(
        "wrprotect_ptes",
        "pte_t t[2]={1,2};",
        "wrprotect_ptes(mm, addr, t, 2);",
        "t[0]=17 /\\ t[1]=18",
    ),
    one(
        "get_and_clear_full_ptes",
        "pte_t t[2]={1,2};",
        "int r = get_and_clear_full_ptes(mm, addr, t, 2, 0);",
        "t[0]=0 /\\ t[1]=0 /\\ 0:r=1",
    ),
    race(
        "flush_tlb_mm_range",
        "pte_t pte=1; int page=0;",
        "ptep_get_and_clear(mm, addr, pte); flush_tlb_mm_range(mm, start, end, PAGE_SHIFT, false); WRITE_ONCE(*page, 5);",
        "int r = user_read(pte, page);",
        "1:r=5",
        "Never",
    ),
    race(
        "no flush",
        "pte_t pte=1; int page=0;",
        "ptep_get_and_clear(mm, addr, pte); WRITE_ONCE(*page, 5);",
        "int r = user_read(pte, page);",
        "1:r=5",
        "Sometimes",
    ),
    race(
        "mmu_gather",
        "pte_t pte=1; int page=0; struct mmu_gather tlb;",
        "tlb_gather_mmu(tlb, mm); ptep_get_and_clear_full(mm, addr, pte, tlb->fullmm); tlb_remove_tlb_entry(tlb, pte, addr); tlb_finish_mmu(tlb); WRITE_ONCE(*page, 5);",
        "int r = user_read(pte, page);",
        "1:r=5",
        "Never",
    ),
    race(
        "delayed rmap",
        "pte_t pte=1; int page=0; atomic_t mapcount=0; struct mmu_gather tlb;",
        "ptep_get_and_clear(mm, addr, pte); tlb_flush_mmu_tlbonly(tlb); tlb_flush_rmaps(tlb, mapcount);",
        "int r1; int r2; r1 = folio_mapcount(mapcount); smp_rmb(); r2 = user_write(pte, page, 1);",
        "1:r1=0 /\\ 1:r2=1",
        "Sometimes",
    ),
    race(
        "mmu notifier range",
        "pte_t pte=1; pte_t spte=1; int page=0; struct mmu_notifier n;",
        "mmu_notifier_invalidate_range_start(n); ptep_clear_flush(vma, addr, pte); secondary_unmap(spte); mmu_notifier_invalidate_range_end(n); WRITE_ONCE(*page, 5);",
        "int r = secondary_read(spte, page);",
        "1:r=5",
        "Never",
    ),
    race(
        "mmu notifier sequence",
        "pte_t pte=1; int page=0; pte_t spte=0; struct mmu_interval_notifier n={.invalidate_seq=2, .seen=1}; struct mutex m=0; spinlock_t ptl=0;",
        "mmu_notifier_invalidate_range_start(n); mutex_lock(m); mmu_interval_set_seq(n, READ_ONCE(n->invalidate_seq)); secondary_unmap(spte); mutex_unlock(m); spin_lock(ptl); ptep_clear_flush(vma, addr, pte); spin_unlock(ptl); mmu_notifier_invalidate_range_end(n);",
        "unsigned long q; int v; int r = 0; q = mmu_interval_read_begin(n); spin_lock(ptl); v = ptep_get(pte); spin_unlock(ptl); mutex_lock(m); if (!mmu_interval_read_retry(n, q)) { WRITE_ONCE(*spte, v); r = 1; } mutex_unlock(m);",
        "spte=1 /\\ pte=0",
        "Never",
    ),
    race(
        "lazy TLB",
        "pte_t pte=1; int page=0;",
        "ptep_clear_flush(vma, addr, pte); WRITE_ONCE(*page, 5);",
        "int r; enter_lazy_tlb(mm, tsk); r = user_read(pte, page);",
        "1:r=5",
        "Never",
    ),
    one(
        "pte flags",
        "pte_t pte=0;",
        "pte_t v = pte_mkdirty(pte_mkwrite(pte_wrprotect(pte_mkold(3)))); int r = pte_write(v) && !pte_young(v) && pte_dirty(v);",
        "0:r=1",
    ),
    one(
        "mk_pte and pfn_pte",
        "pte_t pte=0;",
        "set_pte_at(mm, addr, pte, pfn_pte(3, prot)); int r = pte_pfn(ptep_get(pte));",
        "0:r=3",
    ),
    one(
        "pmd_trans_huge",
        "pmd_t pmd=1;",
        "int r = pmd_none(pmdp_get(pmd)) || pmd_trans_huge(pmdp_get(pmd));",
        "0:r=0",
    ),
    one(
        "ptep_set_access_flags",
        "pte_t pte=65;",
        "int r = ptep_set_access_flags(vma, addr, pte, 1, 0);",
        "0:r=1 /\\ pte=1",
    ),
    one(
        "folio references",
        "struct folio f; f.ref=1;",
        "int r = folio_try_get(&f->ref); folio_put(&f->ref);",
        "0:r=1 /\\ f.ref=1",
    ),
]

_W = "WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1);"
_R = "r1 = READ_ONCE(*y); r2 = READ_ONCE(*x);"
_MIXED = "1:r1=1 /\\ 1:r2=0 \\/ 1:r1=0 /\\ 1:r2=1"


def section(name: str, lock: str, opens: str, closes: str, verdict: str = "Never") -> Case:
    """Two sections of one lock, or of what is none."""
    return race(
        name,
        f"int x=0; int y=0; {lock}",
        f"{opens} {_W} {closes}",
        f"int r1; int r2; {opens} {_R} {closes}",
        _MIXED,
        verdict,
    )


MORE = [
    section("read of a write_lock_bh", "rwlock_t l=0;", "write_lock_bh(l);", "write_unlock_bh(l);"),
    section("rt_mutex", "struct rt_mutex l=0;", "rt_mutex_lock(l);", "rt_mutex_unlock(l);"),
    section(
        "raw_spin_lock_bh", "raw_spinlock_t l=0;", "raw_spin_lock_bh(l);", "raw_spin_unlock_bh(l);"
    ),
    section(
        "spin_lock_irqsave_nested",
        "spinlock_t l=0;",
        "unsigned long flags = 0; spin_lock_irqsave_nested(l, flags, 1);",
        "spin_unlock_irqrestore(l, flags);",
    ),
    section(
        "local_lock is for this CPU only",
        "local_lock_t l=0;",
        "local_lock(l);",
        "local_unlock(l);",
        "Sometimes",
    ),
    section("cpus_write_lock", "", "cpus_write_lock();", "cpus_write_unlock();"),
    section("cpus_read_lock shares", "", "cpus_read_lock();", "cpus_read_unlock();", "Sometimes"),
    section(
        "anon_vma_lock_write",
        "struct anon_vma a;",
        "anon_vma_lock_write(a);",
        "anon_vma_unlock_write(a);",
    ),
    section(
        "i_mmap_lock_read shares",
        "struct address_space m;",
        "i_mmap_lock_read(m);",
        "i_mmap_unlock_read(m);",
        "Sometimes",
    ),
    section(
        "filemap_invalidate_lock",
        "struct address_space m;",
        "filemap_invalidate_lock(m);",
        "filemap_invalidate_unlock(m);",
    ),
    section(
        "write_seqlock_irqsave",
        "seqlock_t s;",
        "unsigned long flags = 0; write_seqlock_irqsave(s, flags);",
        "write_sequnlock_irqrestore(s, flags);",
    ),
    section(
        "read_seqlock_excl", "seqlock_t s;", "read_seqlock_excl(s);", "read_sequnlock_excl(s);"
    ),
    race(
        "spin_trylock_irqsave",
        "int x=0; spinlock_t l=0;",
        "unsigned long flags = 0; int r = spin_trylock_irqsave(l, flags);",
        "unsigned long flags = 0; int r = spin_trylock_irqsave(l, flags);",
        BOTH,
        "Never",
    ),
    race(
        "down_interruptible",
        "int x=0; struct semaphore s=1;",
        "int r = !down_interruptible(s);",
        "int r = !down_killable(s);",
        BOTH,
        "Never",
    ),
    race(
        "uptodate",
        "int x=0; struct folio f;",
        "WRITE_ONCE(*x, 1); folio_mark_uptodate(f);",
        "int r1; int r2; r1 = folio_test_uptodate(f); r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
    ),
    race(
        "dirty is no uptodate",
        "int x=0; struct folio f;",
        "WRITE_ONCE(*x, 1); folio_set_dirty(f);",
        "int r1; int r2; r1 = folio_test_dirty(f); r2 = READ_ONCE(*x);",
        SEEN,
        "Sometimes",
    ),
    race(
        "test and clear dirty",
        "struct folio f; f.flags=16;",
        "int r = folio_test_clear_dirty(f);",
        "int r = folio_test_clear_dirty(f);",
        BOTH,
        "Never",
    ),
    race(
        "end of writeback",
        "int x=0; struct folio f; f.flags=2;",
        "WRITE_ONCE(*x, 1); folio_end_writeback(f);",
        "int r1 = 1; int r2; folio_wait_writeback(f); r2 = READ_ONCE(*x);",
        SEEN,
        "Sometimes",
    ),
    race(
        "end of writeback, barrier",
        "int x=0; struct folio f; f.flags=2;",
        "WRITE_ONCE(*x, 1); folio_end_writeback(f);",
        "int r1 = 1; int r2; folio_wait_writeback(f); smp_rmb(); r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
    ),
    race(
        "wait_on_bit",
        "int x=0; unsigned long w=1;",
        "WRITE_ONCE(*x, 1); clear_and_wake_up_bit(0, w);",
        "int r1 = 1; int r2; wait_on_bit(w, 0, TASK_UNINTERRUPTIBLE); r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
    ),
    race(
        "set_mask_bits",
        "unsigned long w=0;",
        "set_mask_bits(w, 1, 2);",
        "set_mask_bits(w, 0, 4);",
        "~w=6",
        "Never",
    ),
    race(
        "latch",
        "int x=0; seqcount_latch_t s=0;",
        "WRITE_ONCE(*x, 1); raw_write_seqcount_latch(s);",
        "int r1; int r2; r1 = raw_read_seqcount_latch(s); smp_rmb(); r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
    ),
    race(
        "raw count without its barrier",
        "int x=0; seqcount_t s=0;",
        "WRITE_ONCE(*x, 1); write_seqcount_begin(s); write_seqcount_end(s);",
        "int r1; int r2; r1 = __read_seqcount_begin(s) == 2; r2 = READ_ONCE(*x);",
        SEEN,
        "Sometimes",
    ),
    race(
        "waitqueue_active misses a waiter",
        "int x=0; wait_queue_head_t q=0; struct task_struct t; 0:current=&t;",
        "prepare_to_wait(q, w, TASK_INTERRUPTIBLE); int r = READ_ONCE(*x); finish_wait(q, w);",
        "WRITE_ONCE(*x, 1); int r = waitqueue_active(q);",
        "0:r=0 /\\ 1:r=0",
        "Sometimes",
    ),
    race(
        "wait_event_timeout may give up",
        "int x=0; wait_queue_head_t q=0;",
        "int r = wait_event_timeout(q, READ_ONCE(*x), 10);",
        "WRITE_ONCE(*x, 1);",
        "0:r=0",
        "Sometimes",
    ),
    race(
        "wait_for_completion_timeout",
        "int x=0; struct completion c;",
        "WRITE_ONCE(*x, 1); complete(c);",
        "int r1; int r2 = 1; r1 = wait_for_completion_timeout(c, 5); if (r1) r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
    ),
    race(
        "atomic_dec_and_lock",
        "int x=0; atomic_t c=2; spinlock_t l=0;",
        "WRITE_ONCE(*x, 1); if (atomic_dec_and_lock(c, l)) spin_unlock(l);",
        "int r1; int r2 = 1; r1 = atomic_dec_and_lock(c, l); if (r1) { r2 = READ_ONCE(*x); spin_unlock(l); }",
        SEEN,
        "Never",
    ),
    race(
        "this_cpu_xchg is no barrier",
        "int x=0; int y=0; int z=0;",
        "WRITE_ONCE(*x, 1); this_cpu_xchg(*z, 1); WRITE_ONCE(*y, 1);",
        "int r1; int r2; r1 = READ_ONCE(*y); smp_rmb(); r2 = READ_ONCE(*x);",
        SEEN,
        "Sometimes",
    ),
    race(
        "llist",
        "struct llist_head h; struct llist_node n; int x=0;",
        "WRITE_ONCE(*x, 1); llist_add(n, h);",
        "int r1; int r2; r1 = llist_del_all(h) != NULL; r2 = READ_ONCE(*x);",
        SEEN,
        "Never",
    ),
    race(
        "mmget_not_zero",
        "struct mm_struct m; m.mm_users=1;",
        "mmput(m);",
        "int r = mmget_not_zero(m); if (r) mmput(m);",
        "~m.mm_users=0",
        "Never",
    ),
    race(
        "delayed work",
        "int x=0; struct delayed_work w;",
        "INIT_DELAYED_WORK(w, fn); WRITE_ONCE(*x, 1); schedule_delayed_work(w, 10); flush_delayed_work(w); int r = READ_ONCE(*x);",
        "int r = 0;",
        "0:r=1",
        "Always",
        "void fn(struct work_struct *w) { }\n",
    ),
    race(
        "tasklet",
        "int x=0; struct tasklet_struct t;",
        "tasklet_setup(t, fn); tasklet_schedule(t); tasklet_kill(t); int r = 1;",
        "int r = 1;",
        BOTH,
        "Always",
        "void fn(struct tasklet_struct *t) { }\n",
    ),
    one(
        "huge entries",
        "pte_t pte=1;",
        "set_huge_pte_at(mm, addr, pte, 2, sz); int r = huge_ptep_get_and_clear(mm, addr, pte);",
        "0:r=2 /\\ pte=0",
    ),
    one(
        "assign_bit",
        "unsigned long w=0;",
        "assign_bit(3, w, 1); __assign_bit(0, w, 1); assign_bit(3, w, 0); int r = READ_ONCE(*w);",
        "0:r=1",
    ),
    race(
        "pmd_populate has no barrier",
        "pmd_t pmd=0; int table=0;",
        "WRITE_ONCE(*table, 1); pmd_populate(mm, pmd, 1);",
        "int r1; int r2 = 1; r1 = pmdp_get_lockless(pmd); smp_rmb(); if (r1) r2 = READ_ONCE(*table);",
        SEEN,
        "Sometimes",
    ),
    race(
        "pmd_install has one",
        "pmd_t pmd=0; int table=0;",
        "WRITE_ONCE(*table, 1); pmd_install(pmd, 1);",
        "int r1; int r2 = 1; r1 = pmdp_get_lockless(pmd); smp_rmb(); if (r1) r2 = READ_ONCE(*table);",
        SEEN,
        "Never",
    ),
]

CASES = [*C_LANGUAGE, *LOCKS, *ATOMICS, *WAITING, *MMU, *MORE]
