"""Event trees: every path that the threads of a program can take."""
