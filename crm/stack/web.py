"""The web server. Nothing else knows which one it is."""

import errno
import os
import signal
import socket
import sys

from crm.stack.children import Program
from crm.stack.failures import CannotStart


def program(host: str, port: int) -> Program:
    """Granian, serving crm.wsgi with threads; WEB_PROCESSES and WEB_THREADS say how many."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", os.environ.get("WEB_PROCESSES", "1"), "--http", "1", "--no-ws"]
    command += ["--blocking-threads", os.environ.get("WEB_THREADS", "8"), "--backpressure", "256"]
    # A worker process that dies is started again by granian's first process, and that one by us.
    command += [
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "5",
        "--log-level",
        "warning",
        "crm.wsgi:application",
    ]
    return Program("web", command, {}, death_signal=signal.SIGTERM)


def check_port(host: str, port: int) -> None:
    """Raise CannotStart where `port` cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the server itself does; connections of the last run in TIME_WAIT are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                why = f"Port {port} is taken by another program. Choose another: --port {port % 65535 + 1}"
            else:
                why = f"Cannot listen on {host}, port {port}: {error.strerror}."
            raise CannotStart(why) from error
