"""Whether a changed file of a kernel tree still compiles: gcc -fsyntax-only, if possible."""

from __future__ import annotations

import platform
import shutil
import subprocess
from enum import StrEnum
from pathlib import Path

from reviewer.tree.folder import FolderTree
from reviewer.tree.model import Tree

_CONFIG = "include/generated/autoconf.h"
_ARCHITECTURES = {"x86_64": "x86", "i686": "x86", "aarch64": "arm64", "riscv64": "riscv"}
_ARCHITECTURES |= {"ppc64le": "powerpc", "s390x": "s390"}
_SECONDS = 60


class Compiled(StrEnum):
    """What a compiler said."""

    YES = "compiles"
    NO = "does not compile"
    UNKNOWN = "not compiled"


def compiles(tree: Tree, path: str, before: bytes, after: bytes) -> tuple[Compiled, str]:
    """Compile a file as changed, for this machine's architecture; with why it could not be done.

    Only in a folder that was prepared (``make prepare``), with the flags that matter for syntax
    (scripts and Makefiles of the tree are not run). A header is compiled as if it were a source
    file. What does not compile as it is, for its configuration or its architecture, tells nothing.
    """
    if not isinstance(tree, FolderTree) or not (tree.root / _CONFIG).is_file():
        return Compiled.UNKNOWN, f"{tree.name} has no {_CONFIG} (make prepare)"
    compiler = shutil.which("gcc")
    if compiler is None:
        return Compiled.UNKNOWN, "there is no gcc"
    command = [compiler, *_flags(tree.root, path)]
    if _failure(command, tree.root, before):
        return Compiled.UNKNOWN, "the file does not compile here as it is"
    wrong = _failure(command, tree.root, after)
    return (Compiled.NO, wrong) if wrong else (Compiled.YES, "")


def _flags(root: Path, path: str) -> list[str]:
    """As the top Makefile's LINUXINCLUDE and KBUILD_CFLAGS have them."""
    arch = _ARCHITECTURES.get(platform.machine(), platform.machine())
    folders = [f"arch/{arch}/include", f"arch/{arch}/include/generated", "include"]
    folders += [f"arch/{arch}/include/uapi", f"arch/{arch}/include/generated/uapi"]
    folders += ["include/uapi", "include/generated/uapi", path.rpartition("/")[0] or "."]
    headers = ("compiler-version.h", "kconfig.h", "compiler_types.h")
    found = [f"include/linux/{one}" for one in headers]
    return [
        "-fsyntax-only", "-w", "-std=gnu11", "-nostdinc", "-fshort-wchar", "-O2",
        "-fno-strict-aliasing", "-D__KERNEL__", "-DMODULE", '-DKBUILD_MODNAME="a"',
        '-DKBUILD_BASENAME="a"', '-DKBUILD_MODFILE="a"', "-D__KBUILD_MODNAME=a",
        *(f"-I{one}" for one in folders),
        *(word for one in found if (root / one).is_file() for word in ("-include", one)),
        "-x", "c", "-",
    ]  # fmt: skip


def _failure(command: list[str], root: Path, data: bytes) -> str:
    """The compiler's first error, '' if there is none."""
    try:
        done = subprocess.run(
            command, input=data, cwd=root, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    return next((line for line in lines if "error" in line), "the compiler failed")
