"""The pages made from docstrings and cards say what those say."""

from __future__ import annotations

import importlib.util
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
