"""A headless browser, driven over a pipe: no driver, no port and no package beside the browser."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "google-chrome", "chrome")
PATIENCE = 30
# The protocol stands on file descriptors 3 and 4 of the browser.
_START = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for place, end in zip((3, 4), ends):
    os.dup2(end, place)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def find_browser() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page in a headless Chromium.

    Attributes:
        troubles: Errors and warnings of the page, in the order in which they came.
        requested: Addresses that the page asked for.
    """

    def __init__(self, profile: Path, width: int = 1440, height: int = 900) -> None:
        program = find_browser()
        assert program is not None
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._dragged: dict[str, Any] | None = None
        self.troubles: list[str] = []
        self.requested: list[str] = []
        to_it, self._out = os.pipe()
        self._in, from_it = os.pipe()
        options = (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            "about:blank",
        )
        start = (sys.executable, "-c", _START, str(to_it), str(from_it), program)
        self._process = subprocess.Popen(
            [*start, *options],
            pass_fds=(to_it, from_it),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_it)
        os.close(from_it)
        self._session: str | None = None
        target = next(
            one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page"
        )
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        # A window that nobody looks at has no focus and so no keys.
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        self.resize(width, height)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)
        self.until("document.documentElement?.dataset.ready === 'yes'")

    def run(self, script: str) -> Any:
        """The value of an expression, or of the promise that it makes."""
        done = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in done:
            raise RuntimeError(json.dumps(done["exceptionDetails"])[:2000])
        return done["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + PATIENCE
        while not self.run(f"Boolean({script})"):
            assert time.monotonic() < end, f"never came true: {script}; {self.troubles}"
            time.sleep(0.05)

    def press(self, *keys: str, modifiers: int = 0) -> None:
        for key in keys:
            code = {" ": "Space"}.get(key, f"Key{key.upper()}" if len(key) == 1 else key)
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 and not modifiers else "")
            event = {"key": key, "code": code, "modifiers": modifiers}
            if key in _VIRTUAL:
                event["windowsVirtualKeyCode"] = _VIRTUAL[key]
            kind = "keyDown" if text else "rawKeyDown"
            self.call("Input.dispatchKeyEvent", type=kind, text=text, **event)
            self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def drag(self, source: str, target: str) -> None:
        """Drag the middle of one element to the middle of another with the mouse."""
        # Without a screen there is no system to carry a drag: we take it over once it has begun.
        self.call("Input.setInterceptDrags", enabled=True)
        (x, y), (to_x, to_y) = self.middle(source), self.middle(target)
        held = {"button": "left", "buttons": 1}
        self._dragged = None
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, clickCount=1, **held)
        for step in (4, 8, 16, 24):
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + step, y=y, **held)
        assert self._dragged is not None, "nothing began to be dragged"
        for kind in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=kind, x=to_x, y=to_y, data=self._dragged)
        self.call(
            "Input.dispatchMouseEvent",
            type="mouseReleased",
            x=to_x,
            y=to_y,
            button="left",
            clickCount=1,
        )
        self.call("Input.setInterceptDrags", enabled=False)

    def click(self, selector: str) -> None:
        x, y = self.middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def middle(self, selector: str) -> tuple[float, float]:
        box = self.run(
            f"(() => {{ const box = document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        return box[0], box[1]

    def resize(self, width: int, height: int, *, mobile: bool = False) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if mobile else 1,
            mobile=mobile,
        )

    def prefer(self, scheme: str) -> None:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def shoot(self, path: Path, *, whole: bool = False) -> None:
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    def _read(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
            assert ready, "the browser fell silent"
            read = os.read(self._in, 1 << 20)
            assert read, "the browser went away"
            self._buffer += read
        raw, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, method: str | None, told: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.troubles.append(json.dumps(told["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning"):
            self.troubles.append(json.dumps(told["args"])[:500])
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.troubles.append(told["entry"]["text"])
        elif method == "Input.dragIntercepted":
            self._dragged = told["data"]
        elif method == "Network.requestWillBeSent":
            self.requested.append(told["request"]["url"])


_VIRTUAL = {
    "Tab": 9,
    "Escape": 27,
    "Enter": 13,
    " ": 32,
    "PageUp": 33,
    "PageDown": 34,
    "End": 35,
    "Home": 36,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "z": 90,
}
