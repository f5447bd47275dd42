"""The cat files that models include by name, in place of herd7's library."""

from __future__ import annotations

_STDLIB = r"""
(* Bound before every model *)
let po-loc = po & loc
let rfe = rf & ext
let rfi = rf & int
let co0 = loc & (IW * (W \ IW))
let fencerel(S) = po ; [S] ; po
let ctrlcfence(c,S) = c ; [S] ; po
let nodetour(r1,r2,r3) = r1 \ (r2 ; r3)
let singlestep(r) = nodetour(r,r,r)
let imply(a,b) = ~a | b
let udr r = domain(r) | range(r)
"""

_COS = r"""
(* A coherence order for the writes known so far *)
with co from generate_cos(co0)
let coi = co & int
let coe = co & ext
let fr = rf^-1 ; co
let fri = fr & int
let fre = fr & ext
let ca = fr | co
"""

_LOCK_NATIVE = r"""
(*
 * Spinlocks: a lock is a read (LKR, acquire) and a write (LKW), an unlock a write (UL, release).
 * Same meaning as the kernel's tools/memory-model/lock.cat; the search orders critical sections
 * as wholes and picks what each lock event reads, so nothing is derived here.
 *)
let lk-rmw = ([LKR] ; po-loc ; [LKW]) \ (po ; po)
let LF = LF | RL
let ALL-LOCKS = LKR | LKW | UL | LF | RU
flag ~empty [M \ IW] ; loc ; [ALL-LOCKS] as mixed-lock-accesses
empty ([LKW] ; po-loc ; [LKR]) \ (po-loc ; [UL] ; po-loc) as lock-nest
empty ([LKW] ; po-loc ; [RU]) \ (po-loc ; [UL] ; po-loc) as nested-is-locked
flag ~empty [FW] ; loc ; [ALL-LOCKS] as lock-final
let critical = ([LKW] ; po-loc ; [UL]) \ (po-loc ; [LKW | UL] ; po-loc)
flag ~empty UL \ range(critical) as unmatched-unlock
let unmatched-lkw = LKW \ domain(critical)
empty ([unmatched-lkw] ; loc ; [unmatched-lkw]) \ id as unmatched-locks
let rmw = rmw | lk-rmw
let R = R | LKR | LF | RU
let W = W | LKW
let Release = Release | UL
let Acquire = Acquire | LKR
with co from generate_cos(loc & (IW * (W \ IW)))
let W = W | UL
let M = R | W
let co = co | critical | (critical^-1 ; co) | (co ; critical) | ((critical^-1 ; co) ; critical)
let coi = co & int
let coe = co & ext
let rf = rf | rf-lock
let rfe = rf & ext
let rfi = rf & int
let fr = rf^-1 ; co
let fre = fr & ext
let fri = fr & int
let po-loc = po & loc
"""

_FENCES = r"""
let acquire-po = [Acquire] ; po
let po-release = po ; [Release]
"""

FILES = {
    "stdlib.cat": _STDLIB,
    "cos.cat": _COS,
    "cos-opt.cat": _COS,
    "cos-no-opt.cat": _COS,
    "cross.cat": "",
    "fences.cat": _FENCES,
    "lock-native.cat": _LOCK_NATIVE,
}
