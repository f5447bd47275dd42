"""A small tree with one comment about a lock, kstale on it, and mails with patches to it."""

# ruff: noqa: E101, W293 - context lines of a diff start with a blank

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from reviewer.cli.main import main

Capture = pytest.CaptureFixture[str]

LAKE = """\
#include <linux/lake.h>

struct lake {
	spinlock_t lock;
	int fish;
};

/* Caller must hold lake->lock. */
static void lake_stock(struct lake *lake)
{
	lockdep_assert_held(&lake->lock);
	lake->fish++;
}

void lake_open(struct lake *lake)
{
	spin_lock(&lake->lock);
	lake_stock(lake);
	spin_unlock(&lake->lock);
}
"""
HUNK = """\
@@ -8,13 +8,12 @@ struct lake {
 /* Caller must hold lake->lock. */
 static void lake_stock(struct lake *lake)
 {
-	lockdep_assert_held(&lake->lock);
+	spin_lock(&lake->lock);
 	lake->fish++;
+	spin_unlock(&lake->lock);
 }
 
 void lake_open(struct lake *lake)
 {
-	spin_lock(&lake->lock);
 	lake_stock(lake);
-	spin_unlock(&lake->lock);
 }
"""
NAMES = "diff --git a/mm/lake.c b/mm/lake.c\n--- a/mm/lake.c\n+++ b/mm/lake.c\n"
DIFF = NAMES + HUNK
HARMLESS = """\
diff --git a/include/linux/lake.h b/include/linux/lake.h
--- a/include/linux/lake.h
+++ b/include/linux/lake.h
@@ -1,2 +1,3 @@
 struct lake;
+struct shore;
 void lake_open(struct lake *lake);
"""
HEADER = "struct lake;\nvoid lake_open(struct lake *lake);\n"


@dataclass
class Shell:
    """A small kernel tree, and kstale on it."""

    tree: Path
    capsys: Capture
    out: str = ""
    err: str = ""

    def check(self, *mails: str | bytes, options: tuple[str, ...] = ()) -> int:
        return self.run("check", *mails, options=options)

    def run(self, command: str, *mails: str | bytes, options: tuple[str, ...] = ()) -> int:
        names = []
        for number, mail in enumerate(mails):
            file = self.tree.parent / f"{number}.mail"
            file.write_bytes(mail.encode() if isinstance(mail, str) else mail)
            names.append(str(file))
        status = main([command, *names, "--tree", str(self.tree), *options])
        self.out, self.err = self.capsys.readouterr()
        return status

    def found(self) -> bool:
        return "mm/lake.c:8" in self.out


def planted(tree: Path, files: dict[str, str]) -> Path:
    """The folder of a kernel tree with these files."""
    root = {"Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n", "Kbuild": ""}
    for path, text in {**root, **files}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    return tree


def mail(
    body: str, subject: str = "[PATCH] mm/lake: lock inside", name: str = "m1", **more: str
) -> str:
    head = {"From": "A <a@example.org>", "Subject": subject, "Message-ID": f"<{name}@example.org>"}
    head |= {key.replace("_", "-"): value for key, value in more.items()}
    return "".join(f"{key}: {value}\n" for key, value in head.items()) + f"\n{body}"


def box(*mails: str) -> str:
    return "".join(f"From x Mon Sep 17 00:00:00 2001\n{one}\n\n" for one in mails)
