"""``kstale hook``: check whatever git send-email sends."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.cli.daemon import have_daemon
from reviewer.cli.options import Subparsers
from reviewer.unit.collecting import seldom_collected

if TYPE_CHECKING:
    from reviewer.hooks.options import HookOptions
    from reviewer.hooks.request import HookRequest
    from reviewer.hooks.sendemail import HookAnswer

_IDLE = 10.0
"""Minutes after which a daemon that nobody asked for by name is gone."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "hook",
        help="check patches whenever git send-email sends them",
        description="Install a sendemail-validate hook: git send-email then runs kstale check on "
        "each patch and stops if the patch makes a claim false. KSTALE_SKIP=1 lets it through.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action, words in (
        ("install", "install the hook; a hook that is there already is kept and run first"),
        ("uninstall", "remove the hook and put back what was there before"),
        ("status", "say whether the hook is installed"),
    ):
        one = actions.add_parser(action, help=words, description=words.capitalize() + ".")
        one.add_argument("--repo", default=".", metavar="DIR", help="the repository (default: .)")
        one.set_defaults(run=run)
    hook = actions.add_parser("run", help="what the hook itself calls")
    hook.add_argument("hook", choices=("sendemail-validate",), help="which hook of git it is")
    hook.add_argument("mail", type=Path, help="the mail that git sends")
    hook.add_argument("header", type=Path, nargs="?", help="its headers, as git has them")
    hook.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run one action."""
    from reviewer.hooks.install import install, status, uninstall
    from reviewer.hooks.sendemail import ends_a_run, is_judged_alone, run_hook

    if arguments.action == "run":
        from reviewer.hooks.options import read_options

        options = read_options(Path.cwd())
        wanted = options.daemon and not options.skip
        if wanted and is_judged_alone(os.environ):
            have_daemon(_IDLE)  # which the mails after this one will ask
        check = partial(_limited, options)
        answer = run_hook(
            arguments.mail, arguments.header, os.environ, check, sys.stderr, options=options
        )
        if wanted and ends_a_run(os.environ):
            have_daemon(_IDLE)  # for the next run: to load beside this one would slow it
        return answer
    action = {"install": install, "uninstall": uninstall, "status": status}[arguments.action]
    after = action(Path(arguments.repo))
    state = "installed" if after.installed else "not installed"
    notes = (
        (after.installed and not after.current, "written by another kstale: install it again"),
        (not after.executable, "not executable, so git ignores it: chmod +x it"),
        (after.chained, "a hook from before runs first"),
        (after.foreign, "somebody else's hook stands there"),
        (after.shared, "core.hooksPath points there: other repositories may use it too"),
    )
    print("; ".join([f"{after.path}: {state}", *(words for true, words in notes if true)]))
    return 0


def _limited(options: HookOptions, request: HookRequest) -> HookAnswer:
    from reviewer.hooks.limit import within

    return within(options.timeout, partial(_check, options, request))


def _check(options: HookOptions, request: HookRequest) -> HookAnswer:
    """Judge the patches, each on top of those before it."""
    with seldom_collected():
        return _judged(options, request)


def _judged(options: HookOptions, request: HookRequest) -> HookAnswer:
    from reviewer.tree.opening import open_tree
    from reviewer.unit.taking import compare_ahead

    revision = f"@{request.revision}" if request.revision else ""
    tree = open_tree(f"{request.work_tree}{revision}")
    compare_ahead(tree)
    # what is loaded from here on, is loaded meanwhile
    from reviewer.hooks.sendemail import HookAnswer
    from reviewer.program.older import older_trees
    from reviewer.report.formats import text
    from reviewer.report.stream import PatchName, Style, items_of, summary_of
    from reviewer.review.bench import prepare
    from reviewer.review.model import Selection
    from reviewer.review.series import check_series, merge
    from reviewer.settings.config import load
    from reviewer.settings.policy import Policy, today

    policy = Policy(config=load(tree), tree=tree, today=today())
    chosen = Selection(
        folders=tuple(Path(folder) for folder in options.rules),
        only=options.only,
        enabled=options.enable,
        disabled=options.disable,
        machines=options.machine,
        was=older_trees(tree, options.was) if options.was else (),
    )
    bench = prepare(policy.config.over(chosen))
    checked = check_series(bench, tree, request.series, last=not request.whole)
    told = checked if request.whole else checked[-1:]
    items = [item for one in told for item in items_of(one.report, policy, PatchName.of(one.patch))]
    report = merge(tree.name, told)
    if not any(one.counts for one in items):
        return HookAnswer(False, "", report.missing)
    lines = text.render([*items, summary_of(report, policy)], Style(patch=True))
    return HookAnswer(True, "".join(lines), report.missing)
