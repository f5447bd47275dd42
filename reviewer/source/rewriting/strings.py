"""Names beside strings, blanked."""

from __future__ import annotations

from reviewer.source.rewriting.buffer import TokenBuffer


def blank_beside_strings(code: TokenBuffer) -> None:
    """Blank names that stand beside a string: format prefixes and the like."""
    for index, token in enumerate(code.text):
        if token[:1] != b'"':
            continue
        before = code.previous(index)
        while code.is_name(before):
            code.drop(before, before)
            before = code.previous(before)
        if code.at(before) == b"(" and before in code.match:
            name = code.previous(before)
            prefix = code.previous(name)
            if code.is_name(name) and code.is_name(prefix):
                lead = code.at(code.previous(prefix))
                if lead in (b"(", b","):
                    code.drop(prefix, prefix)
        if code.at(before) == b")" and before in code.match:
            head = code.previous(code.match[before])
            if code.is_name(head) and code.at(code.previous(head)) in (b"(", b",", b'"'):
                code.drop(head, before)
        after = code.next(index)
        while code.is_name(after):
            last = after
            if code.at(code.next(after)) == b"(":
                last = code.match.get(code.next(after), after)
            code.drop(after, last)
            after = code.next(last)
