"""Which code a comment speaks of.

Worked out on the layout, not on a parse tree, so that every comment gets an anchor, also where
the parser gives up. Inside a function: the statements that follow up to the next blank line,
comment or block end, with the blocks they open. Elsewhere: the declaration, field, macro or
preprocessor branch that follows; a trailing comment speaks of its line.
"""

from __future__ import annotations

from reviewer.source.anchoring.bodies import body_anchor
from reviewer.source.anchoring.directives import directive_anchor
from reviewer.source.anchoring.members import member_anchor
from reviewer.source.anchoring.top_level import anchor_below, trailing_anchor
from reviewer.source.anchoring.view import View
from reviewer.source.comments import RawComment
from reviewer.source.layout import Layout
from reviewer.source.model import Anchor
from reviewer.source.top_level import TopLevel


class Anchors:
    """Anchors of one file's comments."""

    def __init__(self, layout: Layout, top: TopLevel) -> None:
        self._view = View(layout, top)

    def of(self, comment: RawComment) -> Anchor:
        """The anchor of a comment block."""
        view = self._view
        start = comment.start_byte
        directive = view.layout.directive_at(start)
        if directive is not None:
            return directive_anchor(view, comment, directive)
        function = view.function_around(start)
        if function is not None and start > function.body_start:
            return body_anchor(view, comment, function)
        if function is not None:
            return view.on_function(function)
        aggregate = view.aggregate_around(start)
        if aggregate is not None:
            return member_anchor(view, comment, aggregate)
        if comment.trailing or view.inline(comment):
            return trailing_anchor(view, comment)
        return anchor_below(view, comment)
