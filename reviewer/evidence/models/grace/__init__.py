"""Grace periods: whether a wait for readers outlasts those that its own code could meet.

The updater is the function that a comment stands in, the readers are those of the tree that look
at what it takes away; both are followed along their paths and put to the memory model.
"""
