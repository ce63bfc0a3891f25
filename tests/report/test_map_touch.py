"""The map of a report under fingers, on a screen as narrow as a phone's."""

import os

import numpy as np
import pytest

from cribble.core import Pool, Selection
from cribble.report import against_random, write_report
from web.browser import Browser, find_browser

ROWS, PICKS = 400, 12
WIDTH, HEIGHT = 390, 844
MIDDLE = (0.5, 0.5)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    draw = np.random.default_rng(0)
    pool = Pool.from_array(draw.standard_normal((ROWS, 4)).astype(np.float32))
    chosen = Selection(indices=draw.permutation(ROWS)[:PICKS], method="random", pool=pool)
    path = tmp_path_factory.mktemp("report") / "report.html"
    comparison = against_random(chosen, pool, PICKS, repeats=5)
    write_report(path, chosen, pool, PICKS, comparison=comparison)
    return path.as_uri()


@pytest.fixture
def phone(address, tmp_path):
    if find_browser() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have chromium: the report's script is tested in it")
        pytest.skip("no chromium on PATH")
    opened = Browser(tmp_path / "profile", WIDTH, HEIGHT)
    screen = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 2, "mobile": True}
    opened.call("Emulation.setDeviceMetricsOverride", **screen)
    opened.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=5)
    opened.open(address)
    opened.run(
        "document.getElementById('map').scrollIntoView({ block: 'center', behavior: 'instant' })"
    )
    yield opened
    assert opened.troubles == []
    opened.close()


def touch(phone, *steps):
    """Put fingers down, move them and lift them: at each step a place on the map for each finger.

    Places are shares of the map's width and height.
    """
    box = phone.run(
        "(({ x, y, width, height }) => [x, y, width, height])"
        "(document.getElementById('map').getBoundingClientRect())"
    )
    for number, places in enumerate(steps):
        points = [
            {"x": box[0] + across * box[2], "y": box[1] + down * box[3], "id": finger}
            for finger, (across, down) in enumerate(places)
        ]
        kind = "touchMove" if number else "touchStart"
        phone.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    phone.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])


def scale(phone):
    shown = phone.run("document.querySelector('#map .sheet').getAttribute('transform') || ''")
    return float(shown.partition("scale(")[2].rstrip(")") or 1)


def scrolled(phone):
    return phone.run("scrollY")


def test_the_page_is_no_wider_than_the_screen(phone):
    assert phone.run("document.documentElement.scrollWidth") <= WIDTH


def test_two_fingers_zoom_and_one_moves_what_is_zoomed(phone):
    spread = [[(0.5 - gap, 0.5), (0.5 + gap, 0.5)] for gap in (0.1, 0.2, 0.3)]
    touch(phone, *spread)
    phone.until("document.getElementById('map').classList.contains('zoomed')")
    assert scale(phone) == pytest.approx(3, rel=0.05)
    before = phone.run("document.querySelector('#map .sheet').getAttribute('transform')")
    place = scrolled(phone)
    touch(phone, [MIDDLE], [(0.4, 0.4)], [(0.3, 0.3)])
    assert phone.run("document.querySelector('#map .sheet').getAttribute('transform')") != before
    assert scrolled(phone) == place


def test_one_finger_scrolls_past_a_map_that_is_not_zoomed(phone):
    place = scrolled(phone)
    touch(phone, [MIDDLE], *([(0.5, 0.5 - step / 20)] for step in range(1, 9)))
    phone.until(f"scrollY > {place}")
    assert scale(phone) == 1


def test_a_finger_draws_a_lasso_without_scrolling(phone):
    place = scrolled(phone)
    phone.run("document.getElementById('lasso').click()")
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98)]
    touch(phone, *([corner] for corner in corners))
    phone.until("!document.getElementById('inside').hidden")
    assert f"{PICKS} of them picked" in phone.run("document.getElementById('inside').textContent")
    assert scrolled(phone) == place


def test_a_tap_shows_the_nearest_row(phone):
    before = phone.run("document.querySelector('#map-card').textContent")
    places = [(x / 10, y / 10) for x in range(1, 10) for y in range(1, 10)]
    for place in places:
        touch(phone, [place])
        if phone.run("document.querySelector('#map-card').textContent") != before:
            return
    pytest.fail("no tap showed another row")
