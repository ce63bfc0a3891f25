"""What a case is: an input, a floor, contenders and one neutral evaluator."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

Size = Mapping[str, int]
Inputs = dict[str, Any]  # arrays by name, or files by path as strings
Picks = NDArray[Any]  # (k,) rows; or (k, d) centers, where the task is to find those
Contender = Callable[[Inputs, Size], Any]

OURS = "cribble"
CASES = Path(__file__).parents[1] / "cases"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What an input is made from; ``folder`` takes files, ``pool`` is the user's own text pool."""

    seed: int
    size: Size
    folder: Path
    pool: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Work:
    """The least work of an exact answer: matrix products, and bytes that must be read."""

    flop: float = 0.0
    bytes: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """One comparison.

    Args:
        name: What the command line calls it.
        summary: One line: the task, and what the value means.
        size: Numbers such as n, d and k; ``--size n=1000`` replaces one.
        tiny: Numbers of the untimed first call, in which a contender imports and compiles.
        make_input: Makes arrays, or files in the order's folder.
        floor: The least work, from (inputs, size).
        contenders: Functions of (inputs, size) that return picked rows, or centers; ours is
            "cribble".
        evaluate: The value of picks, from (inputs, size, picks); one for all contenders.
        larger_is_better: Whether a larger value is better.
        mapped: Whether contenders are handed memory maps instead of arrays.
    """

    name: str
    summary: str
    size: Size
    tiny: Size
    make_input: Callable[[Order], Inputs]
    floor: Callable[[Inputs, Size], Work]
    contenders: Mapping[str, Contender]
    evaluate: Callable[[Inputs, Size, Picks], float]
    larger_is_better: bool = True
    mapped: bool = False


def all_cases() -> dict[str, Case]:
    """Every case by name, from the modules of ``cases/``."""
    modules = (importlib.import_module(f"cases.{path.stem}") for path in sorted(CASES.glob("*.py")))
    return {case.name: case for module in modules for case in getattr(module, "CASES", ())}


def load_case(name: str) -> Case:
    """Find a case by name.

    Args:
        name: A case of ``cases/``; ``growth:METHOD``, which is made from the method's name; or
            ``module:name``, a case of any module that can be imported.

    Raises:
        KeyError: There is no such case.
    """
    module, _, rest = name.rpartition(":")
    if module == "growth":
        from harness.growth import growth_case

        return growth_case(rest)
    if module:
        return {case.name: case for case in importlib.import_module(module).CASES}[rest]
    return all_cases()[name]
