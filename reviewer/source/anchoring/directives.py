"""Comments inside a preprocessor directive."""

from __future__ import annotations

from reviewer.source.anchoring.extent import branch_end
from reviewer.source.anchoring.names import first_name
from reviewer.source.anchoring.view import View
from reviewer.source.comments import RawComment
from reviewer.source.directives import Directive
from reviewer.source.model import Anchor, AnchorKind


def directive_anchor(view: View, comment: RawComment, directive: Directive) -> Anchor:
    """The anchor of a comment on a directive: the macro, or the branch it opens or ends."""
    function = view.function_around(comment.start_byte)
    inside = function.name if function else ""
    if directive.keyword in ("define", "undef"):
        name = first_name(directive.rest)
        return view.make(AnchorKind.MACRO, name, inside, directive.start, directive.end)
    if directive.keyword.startswith(("if", "el", "endif")):
        at = directive.start if directive.keyword == "endif" else directive.end
        conditions = view.layout.conditions_at(at)
        name = conditions[-1] if conditions else directive.rest
        if directive.keyword == "endif":
            return view.make(
                AnchorKind.CONDITIONAL, name, inside, directive.start, directive.end, at
            )
        stop = branch_end(view.layout, directive.start)
        return view.make(AnchorKind.CONDITIONAL, name, inside, directive.start, stop, at)
    return view.make(AnchorKind.LINE, "", inside, directive.start, directive.end)
