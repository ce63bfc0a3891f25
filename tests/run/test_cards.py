from __future__ import annotations

import dataclasses
import json

import pytest

from cribble.core import Card
from cribble.core.errors import UnknownNameError
from cribble.run.cards import describe_method, list_methods
from cribble.selectors import catalogue


def test_every_method_is_listed_with_its_whole_card():
    listed = list_methods()
    assert [card["name"] for card in listed] == list(catalogue.METHODS)
    fields = {field.name for field in dataclasses.fields(Card)} | {"summary", "default"}
    assert all(set(card) == fields for card in listed)


@pytest.mark.parametrize("name", catalogue.METHODS)
def test_every_parameter_is_told_and_explained(name):
    told = describe_method(name)
    fields = dataclasses.fields(catalogue.method_class(name))
    assert [one["name"] for one in told["parameters"]] == [field.name for field in fields]
    assert all(one["about"] for one in told["parameters"])
    assert json.loads(json.dumps(told)) == told


def test_an_unknown_method_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean random"):
        describe_method("radnom")
