"""C names, paths and options in prose."""

from __future__ import annotations

import re

_ARGS = r"\((?:[^()]{0,80}(?:\([^()]{0,40}\)[^()]{0,40}){0,2})\)"
_LOCK_BEHIND = (
    r"(?<!\(\))->(?:\w{1,40}(?:->|\.)){0,3}\w{0,40}(?:(?<![bc])lock|mutex|sem)\b(?![(\w-])"
)
"""The lock of what a call gives: ``FOO_I(inode)->lock``. ``f()->g()`` is two calls."""
TOKEN = re.compile(
    rf"""
    (?:(?<!\w)(?=[A-Za-z0-9&*]*[_(/.>%@<:&-]|(?:struct|union|enum)\b)|(?=[<%&]))(?:
    (?P<config>\bCONFIG_[A-Z0-9_a-z]+\b(?!\*))
  | (?P<path>(?<![\w/.~<>-])(?:\.\./|\./)*
        (?:Documentation|arch|block|certs|crypto|drivers|fs|include|init|io_uring|ipc|kernel|lib|mm
          |net|rust|samples|scripts|security|sound|tools|usr|virt|linux|asm|asm-generic|uapi)
        /[\w.+@-]+(?:/[\w.+@-]+)*
      | <(?:linux|asm|asm-generic|uapi|net|trace|crypto|sound|media|rdma|scsi|drm)
        /[\w./-]+\.h>
      | (?<![\w/.-])[a-z][\w-]*+\.(?:c|h|S|rst)\b(?!\w))
  | (?P<struct>&?\b(?:struct|union|enum)\ (?:[A-Za-z]\w*)(?:(?:\.|->)[A-Za-z_]\w*)*)
  | (?P<const>%[A-Za-z_]\w+)
  | (?P<param>(?<!\w)@[A-Za-z_]\w*(?:(?:->|\.(?=\w))\w+)*)
  | (?P<call>(?<![\w.>)\]-])(?:->|&)?(?:[A-Za-z_]\w*+)(?:(?:->|\.|::)\w++)*+{_ARGS}
        (?!{_LOCK_BEHIND}))
  | (?P<ident>(?<![\w.>)\]-])[A-Za-z_]\w*+\([\w>.-]++\){_LOCK_BEHIND}
      | (?<![\w.>)\]-])->[A-Za-z_]\w+(?:->\w+)*\b
      | (?<![\w.>-])[a-z]\w*+(?:\.\w++)*?\.(?:lock|mutex|sem|rwsem)\b(?![\w(.-])
      | (?<![\w.>-])[&*]?[A-Za-z]\w*+(?:(?:->|::)\w++)+(?:\.\w++)*(?!\w*\*)
      | (?<![\w.>-])[&*]?(?:[A-Za-z]\w*\.)*(?:[A-Za-z_]\w*_\w+|_\w+)(?:\.[A-Za-z_]\w*)*(?!\w*\*))
    )""",
    re.VERBOSE,
)
"""Its groups name the kinds; ``Tagger.read_token`` says what each stands for."""
SIGN = re.compile(r"[_(/>%@<:&]|\.[A-Za-z]|struct|union|enum")
"""What every such name holds; most sentences of plain words hold none."""
