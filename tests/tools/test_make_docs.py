"""The pages made from docstrings and cards say what those say."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from cribble.selectors.catalogue import METHODS

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("make_docs", ROOT / "tools" / "make_docs.py")
assert SPEC is not None
assert SPEC.loader is not None
make_docs = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(make_docs)


def test_a_page_a_method_and_a_table_of_all(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("an old method", "utf-8")
    made = make_docs.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(made)
    assert set(made) == {"index.md", *(f"{name}.md" for name in METHODS)}
    index = (tmp_path / "index.md").read_text("utf-8")
    assert re.findall(r"^\| \[(.+?)\]", index, re.MULTILINE) == list(METHODS)


def test_a_page_has_every_parameter_with_its_default_and_text() -> None:
    page = make_docs.pages()["top-score.md"]
    assert "| `signal` | `'quality'` | Name of a pool signal, (n,) numbers. |" in page
    assert "| `largest` | `True` | Whether a large score is a good one. |" in page
    assert "| Guarantee | the largest sum of scores under any budget in rows |" in page
    assert "[doi:10.1007/BF01584082](https://doi.org/10.1007/BF01584082)." in page
    assert "- `SignalError`: The score is missing, is not (n,) or is not finite everywhere." in page


@pytest.mark.parametrize("name", METHODS)
def test_no_page_has_an_empty_cell_or_section(name: str) -> None:
    page = make_docs.pages()[f"{name}.md"]
    assert not re.search(r"\|\s*\|\n", page.replace("| | |\n", "").replace("default | |\n", ""))
    assert not re.search(r"^## \w+\n\n+(##|\Z)", page, re.MULTILINE)


PRUNED = "[pruned labeled sets](../pruning.md)"


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (
            {"cases": 40, "better": 7, "worse": 3, "better_than_balanced": 4},
            f"It beat random rows in 7 of 40 cases (3 seeds each) of {PRUNED} and did worse in 3; "
            "chance alone makes about 1 of either. It beat class-balanced random rows in 4.",
        ),
        (
            {"cases": 40, "better": 2, "worse": 1, "better_than_balanced": 0},
            f"**It beat random rows in 2 of 40 cases (3 seeds each) of {PRUNED}, no more than "
            "chance gives**, and did worse in 1; chance alone makes about 1 of either.",
        ),
        (
            {"cases": 24, "better": 0, "worse": 2},
            f"**It did not beat random rows in any of 24 cases (3 seeds each) of {PRUNED}** "
            "measured, and did worse in 2.",
        ),
        (None, f"Whether it beats random rows was not measured on {PRUNED}."),
    ],
)
def test_a_page_tells_how_often_the_method_beat_random(
    counts: dict[str, int] | None, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = {"seeds": 3, "methods": {"gist": counts} if counts else {}}
    planted = tmp_path / "evidence.json"
    planted.write_text(json.dumps(evidence), "utf-8")
    monkeypatch.setattr(make_docs, "EVIDENCE", planted)
    made = make_docs.pages()
    assert f"\n\n{told}\n\n" in made["gist.md"]
    assert PRUNED not in made["random.md"]
    row = next(line for line in made["index.md"].splitlines() if line.startswith("| [gist]"))
    cell = "{better}, {worse} of {cases}".format(**counts) if counts else "-"
    assert row.endswith(f"| {cell} |")


def test_the_evidence_is_of_methods_there_are_and_adds_up() -> None:
    evidence = json.loads(make_docs.EVIDENCE.read_text("utf-8"))
    assert evidence["command"] in (ROOT / "docs" / "pruning.md").read_text("utf-8")
    counts = evidence["methods"]
    assert {spec.partition(":")[0] for spec in counts} <= set(METHODS)
    for spec, seen in counts.items():
        assert seen["cases"] > 0, spec
        assert seen["better"] + seen["worse"] <= seen["cases"], spec


def test_sections_and_continued_entries_are_read() -> None:
    text, parts = make_docs.sections(
        "What.\n\nMore.\n\nArgs:\n    a: One,\n        two.\n    b: Three.\n\nSource:\n    X."
    )
    assert text == "What.\n\nMore."
    assert make_docs.entries(parts["Args"]) == {"a": "One, two.", "b": "Three."}
    assert parts["Source"] == "X."
    assert make_docs.link("see arXiv:2210.15809, doi:10.1/x.y.") == (
        "see [arXiv:2210.15809](https://arxiv.org/abs/2210.15809), "
        "[doi:10.1/x.y](https://doi.org/10.1/x.y)."
    )
