"""``python -m benchmarks.primitives [--model sc|tso] [--programs N] [--from N] [--seed N]``."""

import sys

from benchmarks.primitives.compare import main

sys.exit(main(sys.argv[1:]))
