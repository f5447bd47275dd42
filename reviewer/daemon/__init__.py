"""A process that has everything loaded and copies itself for each command that is asked of it.

A third to a half of what a short ``check`` costs is to load the rules and to compile the
expressions by which comments are read. The daemon does that once. It answers nothing itself: each
command runs in a copy (``fork()``) with the client's arguments, folder, environment, limits and
open files, reads the tree and the store anew, and so says what a process of its own would say.
"""
