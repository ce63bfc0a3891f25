from __future__ import annotations

import json

import pytest

from cribble.cli import options
from cribble.cli.choosing import compare, run, select
from cribble.cli.signals import score
from cribble.run.recipe import Recipe, schema
from cribble.selectors import catalogue


def test_every_recipe_key_is_an_option_of_select():
    # An update names its base by itself.
    named = set(select.__wrapped__.__annotations__) | {"parameters", "filters", "base"}
    assert set(Recipe.model_fields) <= named


def test_every_option_of_compare_is_one_of_select():
    own = {"methods", "repeats", "probe"}
    assert set(compare.__wrapped__.__annotations__) - own <= set(select.__wrapped__.__annotations__)


def test_every_option_is_used():
    used = " ".join(
        str(kind)
        for command in (select, compare, run, score)
        for kind in command.__wrapped__.__annotations__.values()
    )
    defined = [name for name in vars(options) if name[0].isupper() and not name.isupper()]
    unused = {name for name in defined if f"o.{name}" not in used} - {"Annotated", "Path"}
    assert unused == set()


def test_methods_lists_the_catalogue(cribble):
    told = cribble("methods", "--json").json
    assert [one["name"] for one in told["methods"]] == list(catalogue.METHODS)
    shown = cribble("methods").out
    assert all(name in shown for name in catalogue.METHODS)


def test_one_method_is_told_in_full(cribble):
    told = cribble("methods", "random", "--json").json
    assert told["name"] == "random"
    assert "Rows are visited" in told["about"]
    assert "no parameters" in cribble("methods", "random").out


def test_the_schema_is_printed(cribble):
    assert cribble("schema").json == json.loads(json.dumps(schema()))


def test_the_version_is_printed(cribble):
    import cribble as package

    assert cribble("--version").out == f"cribble {package.__version__}\n"


@pytest.mark.parametrize("width", [40, 200])
def test_help_fits_the_terminal(cribble, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    ended = cribble("select", "--help")
    assert ended.code == 0
    for panel in (options.BUDGET, options.SIGNALS, options.OUTPUT, options.RUNNING):
        assert panel in ended.out
    assert max(map(len, ended.out.splitlines())) <= width
