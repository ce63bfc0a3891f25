"""The files that decide a run beside its pool and targets: evaluation rows, logs, lists, words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cribble.core import Pool
from cribble.core.errors import DataError
from cribble.run.manifest import digest_file
from cribble.run.recipe import Recipe
from cribble.run.rules import files_of


@dataclass(frozen=True)
class Side:
    """One such file.

    Args:
        use: What it is for: "evaluation", "model log", "keep", "drop" or "filter".
        path: As it was named.
        blake2b: Hash of its content.
    """

    use: str
    path: str
    blake2b: str


def side_files(recipe: Recipe, evaluation: Sequence[Pool]) -> tuple[Side, ...]:
    """Hash the other files of a recipe, in its order.

    Args:
        recipe: The recipe.
        evaluation: The pools of its evaluation files, opened.

    Raises:
        DataError: A file cannot be read.
    """
    found = []
    for path, pool in zip(recipe.decontaminate, evaluation, strict=True):
        assert pool.rows is not None
        found.append(Side("evaluation", path, pool.rows.fingerprint()))
    lists = [("model log", recipe.model_log), ("keep", recipe.keep), ("drop", recipe.drop)]
    lists += [("filter", path) for rule in recipe.filters for path in files_of(rule)]
    return (
        *found,
        *(Side(use, path, _digest(path)) for use, path in lists if isinstance(path, str)),
    )


def _digest(path: str) -> str:
    try:
        return digest_file(Path(path))
    except OSError as error:
        raise DataError(path, str(error.strerror), "name a file that can be read") from None
