"""The MMU simulator: the Linux-kernel memory model plus page tables, TLBs, IPIs and RCU."""
