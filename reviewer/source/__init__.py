"""C as the kernel writes it: comments with anchors, functions, and what their code does."""
