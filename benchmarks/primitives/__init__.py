"""Random small programs of locks, counts, waits and grace periods, decided in two ways.

``language`` draws the programs, ``machine`` runs them step by step, ``compare`` asks the simulator
and prints where the two differ. The machine knows nothing of the simulator, and of a program only
what each of its statements does to memory.
"""
