"""How smooth the pages are in a browser: python benchmarks/frames.py --folder FOLDER.

Opens `cribble explore` on a run (200,000 rows, 20,000 picks) and the HTML report of another
(100,000 rows) in headless Chromium, which draws without a graphics card, and moves the mouse as a
person would. Prints the time between frames, the longest task of the page, and the CPU time that
the page's main thread spent per frame: on a machine with other jobs, that is the figure to read.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from web.browser import Browser

TOPICS, WIDTH, WORDS = 12, 16, 60
WATCH = """
window.seen = { frames: [], tasks: [0] };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) seen.tasks.push(one.duration);
}).observe({ type: "longtask" });
let last = performance.now();
const frame = (now) => { seen.frames.push(now - last); last = now; requestAnimationFrame(frame); };
requestAnimationFrame(frame);
"""


def write_pool(path: Path, rows: int) -> None:
    """Rows of 60 words with a topic, a score and a vector near the topic's."""
    rng = np.random.default_rng(0)
    topics = rng.integers(TOPICS, size=rows)
    vectors = rng.normal(size=(TOPICS, WIDTH))[topics] + 0.6 * rng.normal(size=(rows, WIDTH))
    vocabulary = np.array([f"{a}{b}{c}o" for a in "bdfklm" for b in "aeiou" for c in "nprstvz"])
    drawn = vocabulary[rng.zipf(1.3, size=(rows, WORDS)) % len(vocabulary)]
    flat = pa.array(vectors.astype(np.float32).ravel())
    columns = {
        "id": [f"r{row}" for row in range(rows)],
        "text": [" ".join(one) for one in drawn.tolist()],
        "topic": [f"t{one}" for one in topics.tolist()],
        "score": rng.random(rows).round(4),
        "embedding": pa.FixedSizeListArray.from_arrays(flat, WIDTH),
    }
    pq.write_table(pa.table(columns), path)


def choose(folder: Path, rows: int, picks: int) -> Path:
    """Run one choice with its report; returns the output."""
    pool, out = folder / f"pool-{rows}.parquet", folder / f"run-{rows}.parquet"
    if not pool.exists():
        write_pool(pool, rows)
    if not out.exists():
        how = ["--method", "top-score", "--quality", "score", "--embedding", "embedding"]
        to = ["--group", "topic", "-k", picks, "-o", out, "--report", out.with_suffix(".html")]
        command = [sys.executable, "-m", "cribble", "select", pool, *how, *to]
        subprocess.run(list(map(str, command)), check=True, env=_environment(folder))
    return out


@contextmanager
def explored(folder: Path, run: Path):
    """The address of the explorer on a run."""
    command = [sys.executable, "-m", "cribble", "explore", str(run), "--no-browser"]
    served = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_environment(folder),
    )
    try:
        yield next(word for line in served.stdout for word in line.split() if "http:" in word)
    finally:
        served.terminate()
        served.wait(30)


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "CRIBBLE_CACHE": str(folder / "cache")}


class Hand:
    """A mouse and a keyboard, about 60 events a second."""

    def __init__(self, page: Browser) -> None:
        self.page = page

    def mouse(self, kind: str, x: float, y: float, held: bool = False, **more: object) -> None:
        buttons = {"button": "left", "buttons": 1} if held else {}
        self.page.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **buttons, **more)
        time.sleep(0.012)

    def sweep(
        self, x: float, y: float, steps: int = 90, size: float = 90, held: bool = False
    ) -> None:
        """Move in a circle, with the button held or not."""
        at = [
            (x + size * np.sin(turn), y + size * (1 - np.cos(turn)) / 2)
            for turn in np.linspace(0, 4 * np.pi, steps)
        ]
        if held:
            self.mouse("mouseMoved", *at[0])
            self.mouse("mousePressed", *at[0], held=True, clickCount=1)
        for one in at:
            self.mouse("mouseMoved", *one, held=held)
        if held:
            self.mouse("mouseReleased", *at[-1], button="left", clickCount=1)

    def wheel(self, x: float, y: float, steps: int = 40) -> None:
        for step in range(steps):
            down = -60 if step < steps * 0.6 else 60
            self.mouse("mouseWheel", x, y, deltaX=0, deltaY=down)

    def slide(self, selector: str, steps: int = 90) -> None:
        left, y, width = self.page.run(
            f"(() => {{ const box = document.querySelector('{selector}').getBoundingClientRect();"
            " return [box.x, box.y + box.height / 2, box.width]; })()"
        )
        self.mouse("mousePressed", left + width - 8, y, held=True, clickCount=1)
        for part in np.abs(np.linspace(1, -0.8, steps)):
            self.mouse("mouseMoved", left + 8 + part * (width - 16), y, held=True)
        self.mouse("mouseReleased", left + 0.8 * width, y, button="left", clickCount=1)

    def type(self, selector: str, text: str) -> None:
        self.page.click(selector)
        for key in text:
            self.page.press(key)
            time.sleep(0.1)
        time.sleep(1.5)

    def choose(self, selector: str, value: str) -> None:
        self.page.run(
            f"(() => {{ const one = document.querySelector('{selector}'); one.value = '{value}';"
            " one.dispatchEvent(new Event('change')); })()"
        )
        time.sleep(2)


def explorer_jobs(hand: Hand) -> dict[str, Callable[[], object]]:
    """What is done on the explorer's page, in this order."""
    page = hand.page
    x, y = page.middle("#map")

    def carry() -> None:
        for source, target in (("out", "in"), ("in", "out")):
            page.drag(f"#list-{source} .row:nth-child(3)", f"#list-{target}")
            time.sleep(1)

    return {
        "hover": lambda: hand.sweep(x, y),
        "zoom by the wheel": lambda: hand.wheel(x, y),
        "pan": lambda: hand.sweep(x, y, held=True),
        "slide k": lambda: hand.slide("#k"),
        "search": lambda: hand.type("#words", "bano kepo"),
        "group filter": lambda: (hand.choose("#column", "topic"), hand.choose("#group", "t3")),
        "drag rows in and out": carry,
        "scroll a list": lambda: hand.wheel(*page.middle("#list-out")),
    }


def report_jobs(hand: Hand) -> dict[str, Callable[[], object]]:
    """What is done on the map of a report, in this order."""
    page = hand.page
    page.run(
        "document.querySelector('#map').scrollIntoView({ block: 'center', behavior: 'instant' })"
    )
    time.sleep(1)
    x, y = page.middle("#map")

    def lasso() -> None:
        page.click("#lasso")
        hand.sweep(x, y, size=200, held=True)
        time.sleep(1)

    return {
        "hover": lambda: hand.sweep(x, y),
        "zoom by the wheel": lambda: hand.wheel(x, y),
        "pan": lambda: hand.sweep(x, y, held=True),
        "lasso": lasso,
        "color by group": lambda: hand.choose("#color", "0"),
        "zoom in color": lambda: hand.wheel(x, y),
    }


def measure(page: Browser, job: Callable[[], object]) -> str:
    """One line: median and 95th percentile of frames, the longest task, CPU time a frame."""
    page.run("(() => { seen.frames = []; seen.tasks = [0]; })()")
    before = _busy(page)
    job()
    busy = _busy(page) - before
    frames, tasks = page.run("[seen.frames, seen.tasks]")
    middle, most = np.percentile(frames, [50, 95])
    # A task below 50 ms is none of the long ones.
    longest = f"{max(tasks):.0f}" if max(tasks) else "< 50"
    return f"{middle:.1f} | {most:.1f} | {longest} | {1000 * busy / len(frames):.1f}"


def _busy(page: Browser) -> float:
    """CPU seconds of the page's main thread so far."""
    found = page.call("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in found if one["name"] == "TaskDuration")


def show(title: str, address: str, jobs: Callable[[Hand], dict], only: str) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        page = Browser(Path(profile))
        try:
            page.call("Performance.enable", timeDomain="threadTicks")
            page.open(address)
            page.run(WATCH)
            time.sleep(2)
            print(f"\n{title}; load {os.getloadavg()[0]:.1f}\n")
            print("| | frame, ms: median | 95 % | longest task, ms | main thread, CPU ms a frame |")
            print("|---|---:|---:|---:|---:|")
            for name, job in jobs(Hand(page)).items():
                if only in name:
                    print(f"| {name} | {measure(page, job)} |", flush=True)
            if page.troubles:
                print(json.dumps(page.troubles))
        finally:
            page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where pools and runs are kept")
    parser.add_argument("--page", choices=("both", "explorer", "report"), default="both")
    parser.add_argument("--only", default="", help="part of the name of what is done")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.page != "report":
        run = choose(asked.folder, 200_000, 20_000)
        with explored(asked.folder, run) as address:
            show("explorer, 200,000 rows", address, explorer_jobs, asked.only)
    if asked.page != "explorer":
        page = choose(asked.folder, 100_000, 5_000).with_suffix(".html")
        size = page.stat().st_size / 1e6
        show(
            f"report, 100,000 rows, {size:.1f} MB", page.resolve().as_uri(), report_jobs, asked.only
        )


if __name__ == "__main__":
    main()
