"""Fetch the kernel trees that real tests and benchmarks read: Debian's linux-source packages.

Each is downloaded with apt, unpacked once below the cache folder, and only read from then on.
Run as a script it prints where the trees are; it exits with 1 and says why if one is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSIONS = ("6.1", "6.12")


def cache() -> Path:
    """kstale's cache folder: KSTALE_CACHE, or kstale/ below XDG_CACHE_HOME or ~/.cache."""
    if named := os.environ.get("KSTALE_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kstale"


def folder(version: str) -> Path:
    """Where the tree of one version is, or will be, unpacked."""
    return cache() / "trees" / f"linux-source-{version}"


def fetch(version: str) -> Path:
    """The unpacked tree; downloads and unpacks it first if it is not there yet.

    Raises OSError or subprocess.CalledProcessError if apt, dpkg-deb or tar fails.
    """
    target = folder(version)
    if (target / "MAINTAINERS").is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    package = f"linux-source-{version}"
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        _download(package, scratch)
        archive = next(Path(scratch).glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive, scratch], check=True)
        tarball = Path(scratch, "usr", "src", f"{package}.tar.xz")
        subprocess.run(["tar", "-xJf", tarball, "-C", scratch], check=True)
        shutil.rmtree(target, ignore_errors=True)
        Path(scratch, package).rename(target)
    return target


def _download(package: str, into: str) -> None:
    # Lists that came with a machine image name an older package, which is another tree than the
    # one the figures of docs/ are about.
    subprocess.run(["apt-get", "update", "-qq"], check=False)
    subprocess.run(["apt-get", "download", "-qq", package], cwd=into, check=True)


def main() -> int:
    """Fetch every tree and print its folder."""
    for version in VERSIONS:
        try:
            print(fetch(version))
        except (OSError, subprocess.CalledProcessError, StopIteration) as error:
            print(f"linux-source-{version}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
