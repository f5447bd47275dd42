"""A scan by section of MAINTAINERS: the worst first, counted in text and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewer.cli.main import FINDINGS, main

Capture = pytest.CaptureFixture[str]
MAINTAINERS = """\
List of maintainers

LAKE
F:	mm/lake.c

POND
F:	mm/pond*
"""
GONE = "/* See pond_gone_by_now() first. */\nint pond_{name}(void)\n{{\n\treturn 0;\n}}\n"
LOCKS = """\
static DEFINE_MUTEX(pond_lock);
/* Called with pond_lock held. */
static void stock(void)
{
	mutex_lock(&pond_lock);
	mutex_unlock(&pond_lock);
}
"""


@pytest.fixture
def tree(tmp_path: Path) -> str:
    (tmp_path / "mm").mkdir()
    for name in ("a", "lake", "pond", "pond2"):
        (tmp_path / "mm" / f"{name}.c").write_text(GONE.format(name=name))
    with (tmp_path / "mm" / "lake.c").open("a") as file:
        file.write(LOCKS)
    (tmp_path / "mm" / "pond3.c").write_text(GONE.format(name="pond3"))
    (tmp_path / "MAINTAINERS").write_text(MAINTAINERS)
    return str(tmp_path)


def test_text_has_a_heading_for_each_section_and_a_table(tree: str, capsys: Capture) -> None:
    assert main(["scan", tree, "--jobs", "1"]) == FINDINGS
    out = capsys.readouterr().out
    headings = [line for line in out.splitlines() if line.startswith("== ")]
    assert headings == [
        "== POND: 3 findings",
        "== LAKE: 2 findings",
        "== no section of MAINTAINERS: 1 finding",
    ]
    table = out[out.index("findings  at risk  section") :].splitlines()
    assert table[1].split() == ["3", "0", "POND", "(vanished-function", "3)"]
    assert "LAKE (caller-holds-lock 1, vanished-function 1)" in table[2]


def test_order_by_path_on_demand(tree: str, capsys: Capture) -> None:
    assert main(["scan", tree, "--jobs", "1", "--by", "path"]) == FINDINGS
    out = capsys.readouterr().out
    assert "==" not in out
    places = [line.partition(":")[0] for line in out.splitlines() if line.startswith("mm/")]
    assert places == sorted(places)


def test_one_section_needs_no_heading(tree: str, capsys: Capture) -> None:
    assert main(["scan", tree, "--jobs", "1", "--section", "POND"]) == FINDINGS
    assert "==" not in capsys.readouterr().out


def test_json_counts_sections_worst_first(tree: str, capsys: Capture) -> None:
    assert main(["scan", tree, "--jobs", "1", "--format", "json"]) == FINDINGS
    report = json.loads(capsys.readouterr().out)
    assert [(one["title"], one["findings"]) for one in report["by_section"]] == [
        ("POND", 3),
        ("LAKE", 2),
        ("", 1),
    ]
    assert report["by_section"][1]["rules"] == {"caller-holds-lock": 1, "vanished-function": 1}
    assert report["sections"] == {"POND": 3, "LAKE": 2}
