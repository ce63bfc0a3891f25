from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pytest

from cribble.core import Budget, Card, Pool
from cribble.core.errors import (
    ParameterError,
    SignalError,
    TargetError,
    UnknownNameError,
    UnsupportedLimitError,
)
from cribble.run import choice
from cribble.selectors import catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A method with typed parameters."""

    card: ClassVar[Card] = Card(
        "typed", family="baselines", needs=("target", "quality"), limits=("rows",)
    )
    width: float = 1.0
    count: int | None = None
    mode: Literal["a", "b"] = "a"


@pytest.fixture(autouse=True)
def typed(monkeypatch):
    real = catalogue.method_class
    monkeypatch.setitem(catalogue.METHODS, "typed", "nowhere:Typed")
    monkeypatch.setattr(
        catalogue, "method_class", lambda name: Typed if name == "typed" else real(name)
    )


def pool(**rest):
    return Pool(4, **rest)


VECTORS = {"embedding": np.eye(4)}
TEXTS = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (pool(signals=VECTORS), "auto"),
        (pool(signals=VECTORS, targets=[pool(signals=VECTORS)]), "auto"),
        (pool(texts=TEXTS, targets=[pool(texts=TEXTS)]), "auto"),
        (pool(signals={"quality": np.ones(4)}), "auto"),
    ],
)
def test_the_default_follows_what_is_there(given, name):
    assert choice.default_method(given) == name
    assert name in choice.DEFAULTS


def test_a_very_large_pool_with_a_target_is_not_embedded(monkeypatch):
    monkeypatch.setattr(choice, "EMBED_ROWS", 3)
    large = pool(signals=VECTORS, texts=TEXTS, targets=[pool(texts=TEXTS)])
    assert choice.default_method(large) == "dsir"


def test_nothing_to_choose_by_is_refused():
    with pytest.raises(SignalError, match="--text"):
        choice.default_method(pool())


def test_parameters_are_read_by_their_types():
    made = choice.build("typed", {"width": "1e-3", "count": "5"})
    assert (made.width, made.count) == (0.001, 5)
    assert choice.parameters_of(made) == {"width": 0.001, "count": 5, "mode": "a"}


@pytest.mark.parametrize(
    ("parameters", "error", "found"),
    [
        ({"width": "wide"}, ParameterError, "width of typed is 'wide'.*number"),
        ({"count": 2.5}, ParameterError, "count of typed is 2.5.*integer"),
        ({"mode": "c"}, ParameterError, "'a' or 'b'"),
        ({"widht": 1}, UnknownNameError, "did you mean width"),
    ],
)
def test_a_wrong_parameter_is_refused(parameters, error, found):
    with pytest.raises(error, match=found):
        choice.build("typed", parameters)


def test_what_the_card_forbids_is_refused_before_work():
    target = pool(signals=VECTORS)
    full = pool(signals={"quality": np.ones(4)}, targets=[target])
    choice.check_method(Typed(), full, Budget(rows=1))
    with pytest.raises(UnsupportedLimitError, match=r"cannot honor keep; .*random"):
        choice.check_method(Typed(), full, Budget(rows=1, keep=[0]))
    with pytest.raises(TargetError, match="--target"):
        choice.check_method(Typed(), pool(signals={"quality": np.ones(4)}), Budget(rows=1))
    with pytest.raises(SignalError, match="--quality"):
        choice.check_method(Typed(), pool(targets=[target]), Budget(rows=1))


def test_a_parameter_may_name_another_signal():
    from cribble.selectors.baselines.top_score import TopScore

    scored = pool(signals={"score": np.ones(4)})
    with pytest.raises(SignalError, match="'quality'"):
        choice.check_method(TopScore(), scored, Budget(rows=1))
    choice.check_method(TopScore(signal="score"), scored, Budget(rows=1))
    assert choice.signals_of(TopScore(signal="score")) == {"quality": "score"}


def test_one_parameter_may_name_several_signals():
    from cribble.selectors.coverage.odis import Odis

    scored = pool(signals={"clear": np.ones(4), "short": np.ones(4), "true": np.ones(4)})
    choice.check_method(Odis(signals=("clear", "short", "true")), scored, Budget(rows=1))
    choice.check_method(Odis(signals=("clear",)), scored, Budget(rows=1))
    with pytest.raises(SignalError, match=r"'difficulty'|'quality'"):
        choice.check_method(Odis(), scored, Budget(rows=1))
    with pytest.raises(SignalError, match="column named kind"):
        choice.check_method(Odis(signals=("clear", "kind")), scored, Budget(rows=1))


def test_a_target_needs_what_the_pool_is_judged_by():
    from cribble.selectors.targeted.rds_plus import RdsPlus

    aimed = pool(signals=VECTORS, targets=[pool(texts=TEXTS)])
    with pytest.raises(TargetError, match="no text or vectors"):
        choice.check_method(RdsPlus(), aimed, Budget(rows=1))
