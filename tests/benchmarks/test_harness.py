"""The harness is trusted only as far as it measures what is known."""

from __future__ import annotations

import numpy as np
import pytest

from harness.case import Order, Work, all_cases, load_case
from harness.growth import exponent
from harness.inputs import mixture, to_unit_rows
from harness.process import Limits, Outcome, environment, run_child
from harness.table import floor_seconds, render, summarize

PROBE = """
import os
import time
import numpy as np
from harness.case import Case, Work

def burn(inputs, size):
    held = np.ones(size["mb"] << 20, dtype=np.uint8)
    stop = time.process_time() + size["ms"] / 1000
    while time.process_time() < stop:
        pass
    return np.arange(held[:3].sum())

def fail(inputs, size):
    raise ValueError("no such luck\\nsecond line")

def die(inputs, size):
    os._exit(7)

def sleep(inputs, size):
    time.sleep(60)

CASES = (Case(
    name="known",
    summary="a known burn",
    size={"n": 10},
    tiny={"mb": 1, "ms": 0},
    make_input=lambda order: {},
    floor=lambda inputs, size: Work(bytes=1.0),
    contenders={"burn": burn, "fail": fail, "die": die, "sleep": sleep},
    evaluate=lambda inputs, size, picks: float(picks.sum()),
),)
"""
RATES = [{"flop": 2e9, "flop_cpu": 1e9, "bytes": 4e9}]


@pytest.fixture
def run_probe(tmp_path, monkeypatch):
    """Run a contender of the module above in a child process."""
    (tmp_path / "probe.py").write_text(PROBE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def run(contender, mb=80, **limits):
        limits = Limits(**{"seconds": 60.0, **limits})
        size = {"mb": mb, "ms": 150}
        return run_child("probe:known", contender, size, {}, False, tmp_path, limits)

    return run


def test_a_known_burn_and_allocation_are_measured(run_probe):
    found = run_probe("burn")
    assert found.error is None
    np.testing.assert_array_equal(found.picks, [0, 1, 2])
    assert 0.15 <= found.cpu_seconds < 1.0
    assert found.seconds >= 0.14
    assert 76 << 20 <= found.beyond_bytes < 120 << 20
    assert found.peak_bytes > found.beyond_bytes


@pytest.mark.parametrize(
    ("contender", "limits", "error"),
    [
        ("fail", {}, "ValueError: no such luck"),
        ("die", {}, "died with exit code 7"),
        ("sleep", {"seconds": 2.0}, "over 2 s"),
        ("burn", {"bytes": 8 << 20}, "over 0.00781 GiB"),
    ],
)
def test_a_failing_contender_is_reported_as_it_failed(run_probe, contender, limits, error):
    found = run_probe(contender, **limits)
    assert found.error == error
    assert found.picks is None


def test_children_are_not_bound_to_a_pinned_kernel(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "1")
    kept = environment(threads=1)
    assert not {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"} & set(kept)
    assert kept["OPENBLAS_NUM_THREADS"] == kept["NUMBA_NUM_THREADS"] == "1"


def test_floor_is_the_slower_of_arithmetic_and_reading():
    assert floor_seconds(Work(flop=4e9, bytes=4e9), RATES) == (2.0, 4.0)
    assert floor_seconds(Work(flop=1e9, bytes=8e9), RATES) == (2.0, 2.0)


def test_summary_takes_medians_and_compares_with_our_picks():
    case = load_case("k_center_100k")
    inputs = {"x": np.array([[0.0], [1.0], [5.0], [9.0]], dtype=np.float32)}
    size = {"n": 4, "d": 1, "k": 2}

    def outcome(seconds, picks):
        return Outcome(seconds=seconds, cpu_seconds=2 * seconds, picks=np.array(picks))

    runs = {
        "cribble": [outcome(1.0, [0, 3]), outcome(9.0, [0, 3]), outcome(2.0, [0, 3])],
        "same": [outcome(1.0, [0, 3])],
        "other": [outcome(1.0, [3, 1])],
        "broken": [outcome(1.0, [0, 3]), Outcome(error="over 600 s")],
    }
    ours, same, other, broken = summarize(case, size, inputs, runs, RATES)
    assert (ours.seconds, ours.cpu_seconds, ours.value) == (2.0, 4.0, 4.0)
    assert (same.same_order, same.same_rows) == (True, 2)
    assert (other.same_order, other.same_rows, other.value) == (False, 1, 4.0)
    assert broken.error == "over 600 s"
    table = render([ours, same, other, broken])
    assert "1 of 2" in table
    assert "over 600 s" in table


def test_picks_that_change_between_repeats_are_said():
    case = load_case("k_center_100k")
    inputs = {"x": np.zeros((4, 1), dtype=np.float32)}
    runs = {"cribble": [Outcome(seconds=1.0, picks=np.array([i])) for i in (0, 1)]}
    (line,) = summarize(case, {"n": 4, "d": 1, "k": 1}, inputs, runs, RATES)
    assert line.stable is False
    assert "changes" in render([line])


@pytest.mark.parametrize("name", sorted(all_cases()))
def test_every_case_makes_its_input_and_values_picks(name, tmp_path):
    case = load_case(name)
    order = Order(seed=0, size=case.tiny, folder=tmp_path)
    inputs, again = case.make_input(order), case.make_input(order)
    for key, value in inputs.items():
        np.testing.assert_array_equal(value, again[key])
    work = case.floor(inputs, case.tiny)
    assert work.flop + work.bytes > 0
    value = case.evaluate(inputs, case.tiny, np.arange(10))
    assert np.isfinite(value)
    assert set(case.size) == set(case.tiny)


def test_mixture_is_clustered_and_seeded():
    x = mixture(3, 2_000, 16)
    np.testing.assert_array_equal(x, mixture(3, 2_000, 16))
    assert x.shape == (2_000, 16)
    near = ((x[:200, None] - x[None]) ** 2).sum(axis=2)
    np.fill_diagonal(near, np.inf)
    # In one Gaussian of this spread the nearest row is about half as far as the typical one.
    assert np.median(near.min(axis=1)) < 0.2 * np.median(near)
    lengths = np.linalg.norm(to_unit_rows(x).astype(np.float64), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)


def test_exponent_of_a_power_law():
    sizes = [10_000, 30_000, 100_000]
    assert exponent(sizes, [2e-6 * n**1.5 for n in sizes]) == pytest.approx(1.5)


def test_facility_location_value_by_definition():
    from cases.facility_location import evaluate, similarities

    x = mixture(0, 40, 5)
    picks = np.array([3, 17, 5])
    wide = x.astype(np.float64)
    center, total = wide.mean(axis=0), 0.0
    for row in wide:
        away = ((row - center) ** 2).sum()
        total += max(max(0.0, away - ((row - wide[j]) ** 2).sum()) for j in picks)
    assert evaluate({"x": x}, {}, picks) == pytest.approx(total, rel=1e-9)
    matrix = similarities(x)[:, picks].max(axis=1).sum(dtype=np.float64)
    assert matrix == pytest.approx(total, rel=1e-4)
