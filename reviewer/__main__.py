"""``python -m reviewer`` is ``kstale``."""

from reviewer.cli.main import entry

entry()
