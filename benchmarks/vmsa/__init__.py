"""Judges translations and flushes by the architecture's own tests of them (herd7's aarch64-VMSA).

``python -m benchmarks.vmsa FOLDER KINDS [--ets2]``. Their instructions are put in the simulator's
events: an access through a virtual address whose descriptor the test changes is a translation read
and what it serves, an access to ``PTE(x)`` one of the entry, TLBI the issue of a flush, and DSB its
end. What these events do not express is counted as not taken, by cause: hardware that sets access
and dirty flags, handlers of faults, several sizes, attributes of memory. Nothing of the tests is
part of this project.
"""
