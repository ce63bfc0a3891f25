"""The page on a port of this machine, until it is stopped."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable

import uvicorn

from cribble.core.errors import ParameterError
from cribble.web.app import make_app
from cribble.web.guard import LOOPBACK, Guard
from cribble.web.session import Session

_TOKEN_BYTES = 24


class Server:
    """A page that listens on the loopback interface alone.

    Args:
        session: What is looked at.
        port: Where to listen; 0 for any free port.

    Attributes:
        address: Where the page is, with its token; who knows it may read the rows.

    Raises:
        ParameterError: The port is taken, or may not be used.
    """

    def __init__(self, session: Session, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._socket.bind((LOOPBACK, port))
        except OSError as error:
            self._socket.close()
            found = error.strerror or str(error)
            raise ParameterError("port", port, f"free ({found}); 0 takes any") from None
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        port = self._socket.getsockname()[1]
        self.address = f"http://{LOOPBACK}:{port}/{token}/"
        config = uvicorn.Config(
            Guard(make_app(session), token, port),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)

    def run(self, ready: Callable[[str], None] | None = None) -> None:
        """Serve until Ctrl-C, or until `stop` is called from another thread.

        Args:
            ready: Called with the address once connections are taken.
        """
        self._socket.listen()
        if ready is not None:
            ready(self.address)
        try:
            self._server.run(sockets=[self._socket])
        except KeyboardInterrupt:
            pass  # the way to end it
        finally:
            self._socket.close()

    def stop(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
