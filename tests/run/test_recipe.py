from __future__ import annotations

import json

import pytest

from cribble.core.errors import BudgetError, CribbleError, DataError, ParameterError
from cribble.run.recipe import Recipe, make_recipe, read_recipe, schema


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(CribbleError, match=r"'metod'.*did you mean method"):
        make_recipe({"metod": "random"})


@pytest.mark.parametrize(("said", "key"), [("pool", "inputs"), ("set", "parameters")])
def test_a_word_of_the_command_line_names_its_key(said, key):
    with pytest.raises(CribbleError, match=rf"'{said}'.*did you mean {key}\?"):
        make_recipe({said: "a"})


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("on_error", "skip", "'fail' or 'quarantine'"),
        ("seed", "x", "integer"),
        ("memory", 0, "greater than 0"),
        ("at_least", {"source": {"code": -1}}, "greater than or equal to 0"),
        ("memory", "plenty", "4GiB"),
    ],
)
def test_a_wrong_value_says_what_is_allowed(key, value, allowed):
    with pytest.raises(ParameterError, match=allowed):
        make_recipe({key: value})


def test_a_recipe_survives_its_own_record():
    recipe = make_recipe(
        {
            "inputs": "pool.jsonl",
            "k": "5%",
            "memory": "1GiB",
            "keep": (3, 4),
            "at_least": {"label": {0: 2}},
            "parameters": {"neighbors": 8, "strict": True},
        }
    )
    assert make_recipe(json.loads(json.dumps(recipe.given()))) == recipe
    assert recipe.inputs == ("pool.jsonl",)
    assert recipe.at_least == {"label": {"0": 2}}


def test_a_recipe_file_is_read(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text("inputs: [a.jsonl, b.jsonl]\nk: 10\nparameters: {neighbors: 4}\n")
    assert read_recipe(path) == Recipe(
        inputs=("a.jsonl", "b.jsonl"), k=10, parameters={"neighbors": 4}
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [("- a\n- b\n", "not a mapping"), ("k: [1\n", "not YAML.*line 2"), ("", "not a mapping")],
)
def test_a_broken_recipe_file_is_refused(tmp_path, text, found):
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    with pytest.raises(DataError, match=found):
        read_recipe(path)


def test_a_missing_recipe_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        read_recipe(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("values", "budget"),
    [
        ({"k": 10}, (10, None, None, "tokens")),
        ({"k": "5%"}, (None, 0.05, None, "tokens")),
        ({"k": "20M tokens"}, (None, None, 20e6, "tokens")),
        ({"k": "2k tokens", "cost_column": "n"}, (None, None, 2000, "n")),
        ({"cost_budget": 3.5, "cost_column": "price"}, (None, None, 3.5, "price")),
    ],
)
def test_every_way_to_say_a_budget(values, budget):
    found = make_recipe(values).budget()
    assert (found.rows, found.share, found.cost, found.cost_column) == budget


@pytest.mark.parametrize(
    ("values", "match"),
    [({}, "nothing says how much"), ({"k": 1, "cost_budget": 2}, "one budget"), ({"k": -3}, "neg")],
)
def test_no_budget_or_two_are_refused(values, match):
    with pytest.raises(BudgetError, match=match):
        make_recipe(values).budget()


def test_the_schema_describes_every_key_and_no_other():
    found = schema()
    assert found["additionalProperties"] is False
    assert set(found["properties"]) == set(Recipe.model_fields)
    assert all("description" in one for one in found["properties"].values())
