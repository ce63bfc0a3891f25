"""Check the layers, doors and sizes of the house (docs/decisions/0001) on the syntax trees.

    python tools/check_layers.py [ROOT]

Prints one line an offense, ``file:line: what``, and exits 1 if there is one. Every import counts,
also inside functions and under TYPE_CHECKING: an arrow up is an arrow up.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

TIERS = (
    ("core",),
    ("kernels",),
    ("data", "executors"),
    ("signals", "objectives", "constraints", "metrics"),
    ("optimizers",),
    ("selectors", "filters"),
    ("report",),
    ("run",),
    ("web",),
    ("api", "cli"),
    ("integrations",),
    ("__main__",),
)
"""Each part of the package may import the parts of earlier tiers and itself."""

LEVEL = {part: level for level, tier in enumerate(TIERS) for part in tier}
# Testing stands beside `run`: it may import all below, and nothing else imports it.
LEVEL["testing"] = LEVEL["run"]

DOORS = {
    "numba": ("kernels",),
    "faiss": ("kernels.neighbors",),
    "pyarrow": ("data",),
    "datasets": ("data",),
    "duckdb": ("data",),
    "pandas": ("data",),
    "polars": ("data",),
    "ray": ("executors.ray",),
    "torch": ("signals", "selectors.training"),
    "transformers": ("signals", "selectors.training"),
    "sentence_transformers": ("signals",),
    "model2vec": ("signals",),
    "py3langid": ("filters.language",),
    "hypothesis": ("testing.strategies",),
    "typer": ("cli",),
    "starlette": ("web",),
    "uvicorn": ("web",),
}
"""Where each heavy package may be imported."""

FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}
MOST_LINES = 400
CODE_FOLDERS = ("src", "tests", "tools", "benchmarks", "examples")


def imports(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of everything a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*module.split(".")[: -node.level], *filter(None, [base])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def _within(module: str, place: str) -> bool:
    return f"{module}.".startswith(f"cribble.{place}.")


def judge(module: str, imported: str) -> str | None:
    """Say what is wrong with ``module`` importing the name ``imported``; None if nothing is."""
    package = imported.partition(".")[0]
    if package in DOORS and not any(_within(module, door) for door in DOORS[package]):
        return f"imports {package}, whose door is {' or '.join(DOORS[package])}"
    if package != "cribble" or module == "cribble":
        return None
    here, there = module.split(".")[1:], imported.split(".")[1:]
    if not there or there[0].startswith("__"):
        return None
    if there[0] not in LEVEL:
        return f"imports {imported}, which is not below it; import from the module itself"
    if here[0] != there[0]:
        if here[0] == "testing" and there[0] in ("api", "cli", "web"):
            return f"{here[0]} imports {there[0]}, which stands above it"
        if LEVEL[there[0]] > LEVEL[here[0]]:
            return f"{here[0]} imports {there[0]}, which stands above it"
        if LEVEL[there[0]] == LEVEL[here[0]]:
            return f"{here[0]} imports {there[0]}, which stands beside it"
    if here[0] == "kernels" and there[0] == "core" and {"Pool", "pool"} & set(there):
        return "a kernel imports Pool; kernels see arrays"
    families = here[0] == there[0] == "selectors" and len(here) > 2 and len(there) > 2
    if families and here[1] != there[1]:
        return f"family {here[1]} imports family {there[1]}; share through a lower layer"
    return None


def check_module(path: Path, module: str) -> Iterator[str]:
    """Yield the offenses of one module of the package."""
    if module.count(".") and module.split(".")[1] not in LEVEL:
        known = ", ".join(LEVEL)
        yield f"{path}:1: {module.split('.')[1]} is in no layer; the layers are {known}"
        return
    seen = set()
    for line, imported in imports(ast.parse(path.read_text("utf-8"), str(path)), module):
        wrong = judge(module, imported)
        if wrong and (line, wrong) not in seen:
            seen.add((line, wrong))
            yield f"{path}:{line}: {wrong}"


def check_file(path: Path, root: Path) -> Iterator[str]:
    """Yield the offenses of one file of code: its name and its length."""
    for part in path.relative_to(root).with_suffix("").parts:
        if part in FORBIDDEN_NAMES:
            yield f"{path}:1: nothing is named {part!r}; name it for what it does"
    lines = path.read_text("utf-8").count("\n")
    if lines > MOST_LINES:
        yield f"{path}:{MOST_LINES}: {lines} lines; a file has at most {MOST_LINES}"


def offenses(root: Path) -> list[str]:
    """List every offense in the project at ``root``."""
    found: list[str] = []
    for folder in CODE_FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            found += check_file(path, root)
    source = root / "src"
    for path in sorted((source / "cribble").rglob("*.py")):
        parts = list(path.relative_to(source).with_suffix("").parts)
        # A package's own file keeps its place, so that relative imports count dots alike.
        found += check_module(path, ".".join(parts) if parts[1:] != ["__init__"] else "cribble")
    return found


def main() -> int:
    """Check the project and print what is wrong."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    found = offenses(root)
    for line in found:
        print(line)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
