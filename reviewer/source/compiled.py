"""What looks at its arguments while it is compiled, and never has them done."""

from __future__ import annotations

import re

COMPILED = re.compile(
    r"BUILD_BUG\w*|_?static_assert|_Static_assert|compiletime_assert|__builtin_constant_p"
    r"|__same_type|__builtin_types_compatible_p|typecheck"
)
"""Names of such macros and built-ins; ``sizeof`` and ``typeof`` are the language's own."""
