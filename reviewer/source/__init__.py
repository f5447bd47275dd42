"""C as the kernel writes it: normalise, parse, functions, comment blocks, anchors, code facts."""
