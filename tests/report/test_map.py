import numpy as np
import pytest

from cribble.core import Pool
from cribble.report import map as maps
from cribble.report.map import HEIGHT, WIDTH, draw_map


def test_the_map_keeps_the_two_widest_directions_and_their_proportions():
    draw = np.random.default_rng(0)
    flat = draw.standard_normal((300, 2)) * [10, 5]
    turn = np.linalg.qr(draw.standard_normal((6, 6)))[0][:2]
    sheet = draw_map(Pool.from_array(flat @ turn), np.arange(5))
    assert sheet.shown == pytest.approx(1)
    gaps = np.linalg.norm(flat[sheet.rows[:50], None] - flat[None, sheet.rows[:50]], axis=2)
    drawn = np.linalg.norm(sheet.places[:50, None] - sheet.places[None, :50], axis=2)
    ratio = drawn[gaps > 0] / gaps[gaps > 0]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)


def test_picks_are_no_dots_and_everything_is_on_the_sheet():
    rows = np.random.default_rng(1).standard_normal((100, 4))
    sheet = draw_map(Pool.from_array(rows), np.array([3, 50]))
    assert set(sheet.rows) == set(range(100)) - {3, 50}
    everything = np.concatenate([sheet.places, sheet.picks])
    assert (everything >= 0).all()
    assert (everything <= [WIDTH, HEIGHT]).all()
    assert sheet.density == ()


def test_a_large_pool_is_shaded_and_every_row_counted(monkeypatch):
    monkeypatch.setattr(maps, "_DOTS", 50)
    rows = np.random.default_rng(1).standard_normal((2_000, 4))
    sheet = draw_map(Pool.from_array(rows), np.arange(3))
    assert len(sheet.rows) <= 50
    assert sheet.counted == 2_000
    centers = np.concatenate(sheet.density)
    assert len(np.unique(centers, axis=0)) == len(centers)
    gaps = np.linalg.norm(sheet.places[:, None] - centers[None], axis=2).min(axis=1)
    assert (gaps <= maps._HEX + 0.01).all()


def test_picks_of_several_kinds_keep_their_shares_of_what_is_drawn(monkeypatch):
    monkeypatch.setattr(maps, "_PICKS", 50)
    rows = np.random.default_rng(1).standard_normal((900, 4))
    kinds = np.repeat([0, 1, 2], [60, 90, 150])
    sheet = draw_map(Pool.from_array(rows), np.arange(300), kinds=kinds, labels=("a", "b", "c"))
    assert np.bincount(sheet.kinds).tolist() == [10, 15, 25]
    np.testing.assert_array_equal(kinds[sheet.pick_rows], sheet.kinds)


@pytest.mark.parametrize(
    "pool", [Pool(5), Pool.from_array(np.ones((2, 3))), Pool.from_array(np.ones((9, 1)))]
)
def test_some_pools_have_no_map(pool):
    assert draw_map(pool, np.array([0])) is None


def test_equal_rows_have_a_map():
    sheet = draw_map(Pool.from_array(np.ones((9, 3))), np.array([0]))
    np.testing.assert_allclose(sheet.places, [[WIDTH / 2, HEIGHT / 2]] * 8)
