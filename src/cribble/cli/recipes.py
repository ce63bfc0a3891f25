"""Options to a recipe, the same way for every command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cribble.run.recipe import Recipe


def recipe_of(values: dict[str, Any], renamed: dict[str, str]) -> Recipe:
    """Make a recipe from the options of a command.

    Args:
        values: Options by name; what is no key of a recipe, or None, is left out.
        renamed: Options that have another name in a recipe, or none there.

    Raises:
        CribbleError: A value is not what its key may be.
    """
    from cribble.run.recipe import Recipe, make_recipe
    from cribble.run.values import read_quotas, read_settings

    read: dict[str, Any] = {
        "at_least": lambda given: read_quotas("--at-least", given),
        "at_most": lambda given: read_quotas("--at-most", given),
        "parameters": read_settings,
    }
    named = {renamed.get(name, name): value for name, value in values.items()}
    return make_recipe(
        {
            name: read.get(name, lambda given: given)(value)
            for name, value in named.items()
            if name in Recipe.model_fields and value is not None
        }
    )
