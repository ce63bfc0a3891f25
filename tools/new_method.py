"""Lay out a new method: its file, its test, its claim and its line in the catalogue.

    python tools/new_method.py NAME --family FAMILY [--needs embedding,target]

What it writes is clean to the linters and fails its own test, the contract and its claim until
the method is written: an empty method must not look finished.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

METHOD = '''"""{title}: say in one line what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cribble.core import Budget, Card, Pool, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class {cls}:
    """Say what it picks, and what is proved of it.

    Args:
        seeds: Document each field, in this order, with its unit; the defaults are the paper's.

    Source:
        Name the paper, with its arXiv id or doi.
    """

    card: ClassVar[Card] = Card(
        "{name}",
        family="{family}",{needs}
        cost="O(n)",
        memory="O(n)",
        row_bytes=110,
        guarantee="",
        source="",
    )
    seeds: int = 1

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows within the budget.

        Returns:
            indices: (k,) int64 rows, in pick order.

        Raises:
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        raise NotImplementedError("resolve the budget first, and add rows through Admission only")
'''

TEST = '''"""{title}: against an oracle that does not share its code."""

from __future__ import annotations

import pytest

from cribble.core import Budget
from cribble.selectors.{family}.{module} import {cls}
from cribble.testing import make_pool


def test_picks_equal_brute_force() -> None:
    chosen = {cls}().select(make_pool({cls}.card.needs, 8), Budget(rows=3))
    pytest.fail(f"compare {{chosen.indices}} with brute force, a closed form or a published number")
'''

CLAIM = '''"""{title}: the one thing its paper says that a small real data set can show."""

from __future__ import annotations


def run() -> dict[str, object]:
    """Say what is measured, on which data, over how many seeds."""
    raise NotImplementedError("return method, paper_says, we_saw and holds, as it came")
'''


def _family_docs(root: Path, family: str) -> None:
    for folder in (root / "src/cribble/selectors" / family, root / "tests/selectors" / family):
        folder.mkdir(parents=True, exist_ok=True)
    init = root / "src/cribble/selectors" / family / "__init__.py"
    if not init.exists():
        init.write_text(f'"""Methods of the family {family}."""\n', "utf-8")


def register(catalogue: str, name: str, family: str, entry: str, families: list[str]) -> str:
    """Insert the line of a method behind the last of its family, families in their order.

    Args:
        catalogue: Source of selectors/catalogue.py.
        name: The method's name.
        family: Its family.
        entry: Its import path, "family.module:Class".
        families: All families, in order.
    """
    head, rest = re.split(r"(?<=METHODS: dict\[str, str\] = \{\n)", catalogue, maxsplit=1)
    body, tail = rest.split("}\n", 1)
    lines = body.splitlines(keepends=True)
    order = [families.index(line.split('"')[3].partition(".")[0]) for line in lines]
    place = sum(one <= families.index(family) for one in order)
    lines.insert(place, f'    "{name}": "{entry}",\n')
    return head + "".join(lines) + "}\n" + tail


def _needs_line(needs: list[str]) -> str:
    quoted = ", ".join(f'"{one}"' for one in needs)
    comma = "," if len(needs) == 1 else ""
    return f"\n        needs=({quoted}{comma})," if needs else ""


def lay_out(root: Path, name: str, family: str, needs: list[str]) -> list[Path]:
    """Write the skeleton of a method into the project at ``root``.

    Returns:
        The files written.

    Raises:
        ValueError: The name is not in lower case with hyphens, is taken, or the family unknown.
    """
    from cribble.core import FAMILIES

    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise ValueError(f"{name!r} is not a name like k-center")
    if family not in FAMILIES:
        raise ValueError(f"no family {family!r}; the families are {', '.join(FAMILIES)}")
    module = name.replace("-", "_")
    words = {
        "name": name,
        "module": module,
        "family": family,
        "cls": "".join(part.capitalize() for part in name.split("-")),
        "title": name.replace("-", " ").capitalize(),
        "needs": _needs_line(needs),
    }
    files = {
        root / "src/cribble/selectors" / family / f"{module}.py": METHOD,
        root / "tests/selectors" / family / f"test_{module}.py": TEST,
        root / "benchmarks/claims" / f"{module}.py": CLAIM,
    }
    if taken := [path for path in files if path.exists()]:
        raise ValueError(f"{taken[0]} exists")
    _family_docs(root, family)
    for path, template in files.items():
        path.write_text(template.format(**words), "utf-8")
    catalogue = root / "src/cribble/selectors/catalogue.py"
    entry = f"{family}.{module}:{words['cls']}"
    text = register(catalogue.read_text("utf-8"), name, family, entry, list(FAMILIES))
    catalogue.write_text(text, "utf-8")
    return [*files, catalogue]


def main() -> int:
    """Parse the arguments and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="as on the command line: k-center")
    parser.add_argument("--family", required=True)
    parser.add_argument("--needs", default="", help="what the pool must have, with commas")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    asked = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    try:
        written = lay_out(
            asked.root, asked.name, asked.family, list(filter(None, asked.needs.split(",")))
        )
    except ValueError as error:
        parser.error(str(error))
    for path in written:
        print(path.relative_to(asked.root))
    return 0


if __name__ == "__main__":
    sys.exit(main())
