"""The warm scorer: one opened model in a process of its own, which answers the app's what-if questions on loopback.

``python -m app.warm HOME REFERENCE STAMP``. The web process never opens a model. The worker starts this one when
somebody wants to ask a version; it ends after ten idle minutes, when another version is wanted, or the worker ends.
"""

import hmac
import json
import logging
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from functools import cached_property
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from app import launch, logs, settings
from app.workflow import asking, scoring
from app.workflow.asking import Answer, At, Question, Wanted
from app.workflow.home import Home, open_home
from engine.domain.failure import Failure
from engine.errors import Failed, HandrailError, UnusableInput
from engine.serving.refusal import BadCall, error_body

if TYPE_CHECKING:
    import pandas as pd

    from engine.evidence.effort import Effort
    from engine.serving.scorer import Scorer

IDLE = 600.0  # seconds without a question
SECONDS = 0.15  # that the reasons for one row may take
_PROBE = 2000  # rows to measure the model's speed with

_log = logging.getLogger(__name__)


class Keeper:
    """The worker's hold on the process: at most one."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._child: subprocess.Popen[bytes] | None = None
        self._stamp = ""

    def look(self) -> None:
        """Start what somebody wants to ask, in place of what was there; notice a process that fell."""
        self._notice()
        wanted = asking.take(self._home)
        if wanted is None or (self._child is not None and wanted.stamp == self._stamp):
            return
        self.end()
        self._child, self._stamp = self._start(wanted), wanted.stamp
        asking.write(asking.place(self._home), At(stamp=wanted.stamp, pid=self._child.pid))

    def end(self) -> None:
        """End the process, if there is one."""
        if self._child is not None:
            self._child.kill()
            self._clear(self._child)

    def _notice(self) -> None:
        child = self._child
        if child is None or child.poll() is None:
            return
        self._clear(child)
        if child.returncode != 0:
            fell = Failed(
                f"The process that held the model ended unexpectedly (status {child.returncode}).",
                fix="Perhaps there was too little memory: close other programs and try again.",
            )
            failure = Failure.of(fell, self._stamp)
            asking.write(asking.place(self._home), At(stamp=self._stamp, pid=child.pid, failure=failure))

    def _clear(self, child: "subprocess.Popen[bytes]") -> None:
        with child:  # waits for it, and closes its standard input
            self._child = None
        shutil.rmtree(_work(self._home, child.pid), ignore_errors=True)
        if child.returncode != 0:  # one that ended in peace said itself what there was to say
            asking.forget(self._home, At(stamp=self._stamp, pid=child.pid))

    def _start(self, wanted: Wanted) -> "subprocess.Popen[bytes]":
        # When the worker is gone, so is the other end of its standard input, and it ends.
        return subprocess.Popen(  # noqa: S603 - our own module
            launch.module("app.warm", str(self._home.path), wanted.reference, wanted.stamp),
            stdin=subprocess.PIPE,
            cwd=self._home.path,
            start_new_session=True,
        )


class Warm:
    """An opened model that answers questions about single rows within a moment."""

    def __init__(self, scorer: "Scorer") -> None:
        self._scorer = scorer

    @cached_property
    def effort(self) -> "Effort":
        """How closely a row is explained: as closely as this model's speed allows."""
        from engine.evidence.effort import affordable
        from engine.serving.sample import sample_row
        from engine.serving.scorer import effort_for

        served = self._scorer.served
        full, columns = effort_for(served), len(served.contract.columns)
        sample = sample_row(served.contract)
        frame = self._scorer.reader.read([sample] * _PROBE).frame
        self._scorer.answer(frame.head(50))  # the first call pays for what is loaded late
        taken = min(self._seconds(frame) for _ in range(3))  # others may be at work on this machine meanwhile
        return affordable(1, columns, full.background, most=int(SECONDS * _PROBE / taken))

    def _seconds(self, frame: "pd.DataFrame") -> float:
        began = time.perf_counter()
        self._scorer.answer(frame)
        return time.perf_counter() - began

    def answer(self, question: Question) -> Answer:
        """Answer as the service would once it is approved: the screen itself says where it is not."""
        held = self._scorer.served
        served = held.model_copy(
            update={
                "policy": question.policy,
                "use": question.use,
                "limits": question.policy.abstention or held.limits,
                "approved": True,
            }
        )
        asked = self._scorer.under(served)
        predictions = asked.predict(list(question.rows), explain=self.effort)
        return Answer(predictions=tuple(predictions), estimated=bool(self.effort.described))


class Server(HTTPServer):
    """Answers one question after the other: the model works on one at a time anyway."""

    def __init__(self, warm: Warm, token: str, idle: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.warm, self.secret = warm, token
        self.timeout, self._idle = idle, False

    def handle_timeout(self) -> None:
        """Note that nobody asked for so long."""
        self._idle = True

    def run(self) -> None:
        """Answer until nobody asks any more."""
        while not self._idle:
            self.handle_request()

    def reply(self, body: bytes) -> tuple[int, bytes]:
        """Answer one question with an HTTP status and JSON; never raises."""
        try:
            return 200, self.warm.answer(Question.model_validate_json(body)).model_dump_json().encode()
        except ValidationError:
            return 422, error_body("malformed", "The question has an unknown shape.", "Load the page again.")
        except BadCall as refusal:
            return refusal.status, refusal.body()
        except HandrailError as refusal:
            status = 422 if isinstance(refusal, UnusableInput) else 500
            return status, error_body(refusal.code, refusal.problem, refusal.fix)
        except Exception as error:
            # Whatever falls: the page gets words and a reference, the log the traceback.
            return 500, json.dumps({"error": _failure(error).model_dump()}).encode()


class _Handler(BaseHTTPRequestHandler):
    timeout = 10.0  # whoever sends nothing must not keep others waiting
    server: Server

    def do_POST(self) -> None:
        """Answer whoever knows the token."""
        length = self.headers.get("Content-Length", "")
        if not hmac.compare_digest(self.headers.get(asking.TOKEN, ""), self.server.secret):
            self._send(403, error_body("refused", "This is not for you.", "Use the app."))
        elif not length.isdigit() or int(length) > asking.LONGEST:
            self._send(413, error_body("too_large", "The question is too large.", "Shorten its values."))
        else:
            self._send(*self.server.reply(self.rfile.read(int(length))))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: every question would be a line."""


def main(home_path: str, reference: str, stamp: str) -> int:
    """Hold a version ready until nobody asks any more; returns the process's exit status."""
    chosen = settings.load(Path(home_path))
    logs.configure(chosen)
    home, pid = open_home(chosen), os.getpid()
    threading.Thread(target=_end_with_the_worker, args=(home,), daemon=True).start()
    try:
        warm = Warm(_opened(home, reference))
        _log.info("%s is held ready: %s", reference, warm.effort.described or "explained as closely as can be")
    except Exception as error:
        asking.write(asking.place(home), At(stamp=stamp, pid=pid, failure=_failure(error)))
        return 0
    with Server(warm, secrets.token_urlsafe(32), IDLE) as server:
        at = At(stamp=stamp, pid=pid, port=server.server_port, token=server.secret)
        asking.write(asking.place(home), at)
        server.run()
    asking.forget(home, at)
    return 0


def _opened(home: Home, reference: str) -> "Scorer":
    from engine.serving.scorer import Scorer

    work = _work(home, os.getpid())
    try:
        # The model is in memory then, and nothing is left on the disk to be tidied up.
        return Scorer.open(scoring.package(home, reference, work))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _failure(error: Exception) -> Failure:
    reference = secrets.token_hex(4)
    _log.error("reference %s", reference, exc_info=error)
    return Failure.of(error, reference)


def _end_with_the_worker(home: Home) -> None:
    sys.stdin.read()
    asking.forget(home, At(stamp="", pid=os.getpid()))
    shutil.rmtree(_work(home, os.getpid()), ignore_errors=True)
    os._exit(0)


def _work(home: Home, pid: int) -> Path:
    return home.work(f"warm-{pid}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
