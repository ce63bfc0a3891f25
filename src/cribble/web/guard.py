"""Who may read the page: the holder of its address, from this machine, and no other site."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LOOPBACK = "127.0.0.1"
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
"""On every answer: nothing comes from elsewhere, nothing frames or embeds the page, nothing is
kept, and the address with its token is told to nobody."""


class Guard:
    """Refuses every request that is not the page's own.

    The token is the first part of the path, of each file and each request for data alike. It is in
    no cookie: cookies of one port are sent to every other port of the machine.

    Args:
        app: What answers the rest; it sees paths without the token.
        token: The secret in the address.
        port: Where the page is served.
    """

    def __init__(self, app: App, token: str, port: int) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = {f"{LOOPBACK}:{port}".encode(), f"localhost:{port}".encode()}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"nothing here speaks {scope['type']}")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message["headers"] if pair[0].decode() not in HEADERS]
                ours = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*kept, *ours]
            await send(message)

        token, _, rest = scope["path"].removeprefix("/").partition("/")
        status = self._judge(scope, token.encode())
        if status is None:
            await self._app({**scope, "path": f"/{rest}", "raw_path": None}, receive, guarded)
            return
        await guarded({"type": "http.response.start", "status": status, "headers": []})
        await guarded({"type": "http.response.body", "body": b""})

    def _judge(self, scope: Message, token: bytes) -> int | None:
        """The status of a refusal; None for a request that may pass."""
        headers = scope["headers"]
        hosts = [value for name, value in headers if name == b"host"]
        # A site whose name was pointed at this machine sends that name, not ours.
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 421
        if not hmac.compare_digest(token, self._token):
            return 404
        origins = {value for name, value in headers if name == b"origin"}
        sites = {value for name, value in headers if name == b"sec-fetch-site"}
        # Opening the page itself is no request of a site, wherever the link stood.
        opens = {(b"sec-fetch-mode", b"navigate"), (b"sec-fetch-dest", b"document")} <= {*headers}
        if not origins <= {b"http://" + hosts[0]}:
            return 403
        if not sites <= {b"same-origin", b"none"} and not opens:
            return 403
        if scope["method"] == "POST":
            # Without it a form of another site could post here.
            kinds = [value for name, value in headers if name == b"content-type"]
            return None if kinds == [b"application/json"] else 415
        return None if scope["method"] in ("GET", "HEAD") else 405
