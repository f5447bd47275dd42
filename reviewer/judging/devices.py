"""Steps of a device: code that talks to a device only, and the claims that are about no more.

"Disable the interrupt before the clock" over two writes to registers orders nothing that other code
could see, and "wait for the transfer" over a poll of a register waits for no code: nothing of it is
synchronization, whatever words it has. So says the code: each call in the statements under the
comment leads to the accessors of a device (or only computes, reports or lets time pass), none is
through a pointer, and nothing is stored but in locals.
"""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.devices import is_against_a_device, may_be_of_a_device
from reviewer.judging.bodies import Body, bodies_in, calls, is_report
from reviewer.kernel.devices import is_device_header, is_time_header
from reviewer.kernel.hints import may_change_state
from reviewer.kernel.table import primitive
from reviewer.program.scope import in_sight
from reviewer.source.model import AnchorKind, CommentBlock
from reviewer.tree.model import NameKind
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World, of_no_file

_INSIDE = frozenset({AnchorKind.STATEMENTS, AnchorKind.BRANCH, AnchorKind.LINE})
_CALLED = frozenset({NameKind.FUNCTION, NameKind.MACRO, NameKind.PROTOTYPE})
_STORES = re.compile(
    rb"(?:->|\.|\])\s*\w*\s*(?:[-+|&^]|<<|>>)?=(?!=)|(?:->\s*\w+|\])\s*(?:\+\+|--)"
)
"""A member or an element that is written: others may see it."""
_FAR_STORES = re.compile(rb"(?:->\s*\w+(?:\.\w+)*|\])\s*(?:(?:[-+|&^]|<<|>>)?=(?!=)|\+\+|--)")
"""The same in a helper, which fills messages of its own (``msg.len = 2``) on the way."""
_LETS_TIME_PASS = frozenset(
    {"pure", "context.sleeps", "context.may_sleep", "wait.spin", "barrier.compiler"}
)
_DEEP = 4
_FILES_AT_MOST = 4
_BODY_AT_MOST = 4000


def is_step_of_a_device(claim: Claim, world: World) -> bool:
    """True if nothing of a claim is about code: its words name none, and its code does no more."""
    if is_against_a_device(claim):
        return True
    anchor = claim.comment.anchor
    if not may_be_of_a_device(claim) or anchor.kind not in _INSIDE or not anchor.function:
        return False
    return _only_talks(claim.comment, world) and not _did_more(claim.comment, world)


def _only_talks(comment: CommentBlock, world: World) -> bool:
    """True if the statements under a comment talk to a device and store nothing."""
    anchor = comment.anchor
    code = Body(world.source, "", anchor.start_byte, anchor.end_byte, anchor.start_line, False)
    return _STORES.search(code.code()) is None and _talks(code, world, _DEEP)


def _did_more(comment: CommentBlock, world: World) -> bool:
    """True if a patch took away what the comment was about: the claim is of what was there."""
    before = world.before
    if before is None or before.source.data == world.source.data:
        return False
    return any(
        one.text == comment.text and not _only_talks(one, before) for one in before.source.comments
    )


def _talks(body: Body, world: World, deep: int) -> bool:
    """True if a body talks to a device, and does nothing that other code could see."""
    code = body.code()
    if len(code) > _BODY_AT_MOST or body.hides() or body.has_asm() or _FAR_STORES.search(code):
        return False
    answers = [_of_call(one.name, body, world, deep) for one in calls(body)]
    return None not in answers and True in answers


def _of_call(name: str, body: Body, world: World, deep: int) -> bool | None:
    """True for a call that talks to a device, False for one that does nothing, None if unknown."""
    known = primitive(name)
    if known is not None:
        return False if all(tag.concept in _LETS_TIME_PASS for tag in known.tags) else None
    if is_report(name):
        return False
    own = bodies_in(body.source, name)
    if own:
        return _of_body(own[0], world, deep) if len(own) == 1 else None
    return _of_call_from(world.library, body.path, name, deep)


@traced_cache(maxsize=4096, compared=True)
def _of_call_from(library: Library, where: str, name: str, deep: int) -> bool | None:
    """The same of what a file calls and does not define."""
    world = of_no_file(library)
    if world.index is None:
        return None
    paths = {
        one.path for one in world.index.senses(name) if one.kind in _CALLED and in_sight(where, one)
    }
    if any(map(is_device_header, paths)):
        return None if may_change_state(name) and "lock" in name else True
    if any(map(is_time_header, paths)):
        return False
    if len(paths) > _FILES_AT_MOST:
        return None
    found = [
        one
        for path in sorted(paths)
        if (source := world.file(path)) is not None
        for one in bodies_in(source, name)
    ]
    return _of_body(found[0], world, deep) if len(found) == 1 else None


def _of_body(body: Body, world: World, deep: int) -> bool | None:
    """What a helper does; a macro that calls nothing computes."""
    if deep == 0:
        return None
    if _talks(body, world, deep - 1):
        return True
    idle = not body.shared and not body.hides() and not _FAR_STORES.search(body.code())
    return False if idle and not body.has_asm() and not any(calls(body)) else None
