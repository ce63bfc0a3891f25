import json
import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from cribble.core import Pool, Selection
from cribble.report import against_random, write_report
from report.browser import browse

ROWS, PICKS = 6_000, 30


@pytest.fixture(scope="module")
def chosen():
    draw = np.random.default_rng(0)
    pool = Pool.from_array(
        draw.standard_normal((ROWS, 4)).astype(np.float32),
        texts=[f"text of {row}" for row in range(ROWS)],
        groups={"source": [f"group {one}" for one in draw.integers(0, 11, ROWS)]},
    )
    return Selection(indices=draw.permutation(ROWS)[:PICKS], method="random", pool=pool)


@pytest.fixture(scope="module")
def report(chosen, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    pool = chosen.pool
    comparison = against_random(chosen, pool, PICKS, repeats=5)
    write_report(path, chosen, pool, PICKS, comparison=comparison)
    return path.read_text("utf-8")


def places(report):
    data = json.loads(re.search(r'id="map-data">(.*?)</script>', report, re.S)[1])
    return np.frombuffer(b64decode(data["places"]), "<u2").reshape(-1, 2) / data["grid"]


TOOLS = """
  const map = document.getElementById("map");
  const text = (name) => document.getElementById(name).textContent;
  const badge = () => document.querySelector("#map-card b").textContent;
  const press = (key, more) => map.dispatchEvent(new KeyboardEvent("keydown", { key, ...more }));
  const scale = () => {
    const [, found] = /scale\\(([\\d.]+)\\)/.exec(
      map.querySelector(".sheet").getAttribute("transform") || "scale(1)");
    return Number(found);
  };
  const screen = ([x, y]) => new DOMPoint(x, y).matrixTransform(map.getScreenCTM());
  const point = (type, place, more) => {
    const { x, y } = screen(place);
    map.dispatchEvent(new PointerEvent(type, {
      clientX: x, clientY: y, pointerType: "mouse", pointerId: 1, ...more,
    }));
  };
  map.setPointerCapture = () => {};
"""


def test_keys_step_through_the_picks_and_zoom(report, tmp_path):
    script = """
      const seen = [badge()];
      press("ArrowRight"); seen.push(badge());
      press("End"); seen.push(badge());
      press("ArrowLeft"); seen.push(badge());
      press("+"); press("+"); seen.push(scale());
      press("ArrowLeft", { shiftKey: true }); seen.push(scale());
      press("Escape"); seen.push(scale());
      done(seen);
    """
    seen = browse(report, TOOLS + script, tmp_path)
    assert seen == ["Pick 1", "Pick 2", "Pick 30", "Pick 29", 4, 4, 1]


def test_the_wheel_zooms_until_shading_becomes_dots(report, tmp_path):
    script = """
      const drawn = map.dataset;
      const seen = () => [Number(drawn.rows), !map.classList.contains("close")];
      requestAnimationFrame(() => {
        const before = seen();
        const { x, y } = screen([480, 300]);
        for (let turn = 0; turn < 4; turn += 1) map.dispatchEvent(
          new WheelEvent("wheel", { deltaY: -500, clientX: x, clientY: y, cancelable: true }));
        const tell = () => done([before, scale() > 4, ...seen()]);
        setTimeout(tell, 1500);
      });
    """
    (dots, shaded), zoomed, close, shaded_close = browse(report, TOOLS + script, tmp_path)
    assert 5_000 <= dots <= 5_000 + PICKS
    assert shaded
    assert zoomed
    assert 0 < close < dots
    assert not shaded_close


def test_what_is_drawn_stands_on_paper_too(report, tmp_path):
    script = """
      const ink = () => {
        const sheet = document.querySelector(".map canvas");
        const { data } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
        return data.reduce((sum, one, at) => sum + (at % 4 === 3 && one > 0), 0);
      };
      const shapes = () => [...map.querySelectorAll(".dots path, .marks path")]
        .reduce((sum, one) => sum + one.getAttribute("d").split("M").length - 1, 0);
      const color = document.getElementById("color");
      color.value = "0";
      color.dispatchEvent(new Event("change"));
      requestAnimationFrame(() => requestAnimationFrame(() => {
        dispatchEvent(new Event("beforeprint"));
        const drawn = Number(map.dataset.rows);
        const tinted = map.querySelectorAll(".marks .c0").length;
        done([drawn, shapes(), tinted, ink() > drawn]);
      }));
    """
    drawn, shapes, tinted, inked = browse(report, TOOLS + script, tmp_path)
    assert drawn == shapes > 5_000
    assert tinted == 1
    assert inked


def test_a_lasso_counts_what_lies_inside(report, chosen, tmp_path):
    script = """
      const corners = [[300, 200], [600, 200], [600, 400], [300, 400]];
      document.getElementById("lasso").click();
      point("pointerdown", corners[0]);
      corners.forEach((one) => point("pointermove", one));
      point("pointerup", corners[0]);
      const first = document.querySelector("#inside-rows b").textContent;
      const pressed = document.getElementById("lasso").getAttribute("aria-pressed");
      const seen = [text("inside-count"), first, pressed];
      map.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
      done([...seen, document.getElementById("inside").hidden]);
    """
    count, first, pressed, cleared = browse(report, TOOLS + script, tmp_path)
    inside = (np.abs(places(report) - [450, 300]) < [150, 100]).all(axis=1)
    rows, picked = int(inside.sum()), np.nonzero(inside[chosen.indices])[0]
    assert count.startswith(f"{rows:,} rows inside, {len(picked)} of them picked")
    assert first == f"Pick {picked[0] + 1}"
    assert (pressed, cleared) == ("false", True)


def test_what_is_in_view_is_saved_in_the_form_that_keep_reads(report, tmp_path):
    script = """
      press("v");
      URL.createObjectURL = (blob) => { blob.text().then((all) => done(all)); return "#"; };
      document.getElementById("inside-save").click();
    """
    saved = browse(report, TOOLS + script, tmp_path)
    assert sorted(map(int, saved.split())) == list(range(ROWS))


def test_a_group_has_a_color_and_its_count(report, chosen, tmp_path):
    script = """
      const color = document.getElementById("color");
      color.value = "0";
      color.dispatchEvent(new Event("change"));
      done([...document.querySelectorAll("#map-legend li")].map((one) => one.textContent));
    """
    legend = browse(report, TOOLS + script, tmp_path)
    groups = chosen.pool.groups("source")
    sizes = np.bincount(groups.codes)
    picked = np.bincount(groups.codes[chosen.indices], minlength=len(sizes))
    order = np.argsort(-sizes, kind="stable")
    largest = order[0]
    assert legend[0] == (f"{groups.names[largest]}: {picked[largest]} of {sizes[largest]:,} picked")
    assert legend[8] == f"3 others: {picked[order[8:]].sum()} of {sizes[order[8:]].sum():,} picked"


def test_the_library_is_what_the_lock_file_names():
    root = Path(__file__).parents[2]
    locked = json.loads((root / "tools/report_script/package-lock.json").read_text("utf-8"))
    script = (root / "src/cribble/report/assets/d3.min.js").read_text("utf-8")
    names = {
        name.removeprefix("node_modules/"): one["version"]
        for name, one in locked["packages"].items()
        if name.startswith("node_modules/d3-")
    }
    assert len(names) == 10
    assert all(f"\n{name} {version}\nCopyright" in script for name, version in names.items())
