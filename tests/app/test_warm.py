"""The warm scorer: who is answered, how closely, when it ends, and what the worker sees of it."""

import json
import os
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection

import pytest

from app import settings
from app.warm import Keeper, Server, Warm
from app.workflow import asking, registry
from app.workflow.asking import At, NotWarm, Question, Standing, Wanted
from app.workflow.home import Home, open_home
from engine.domain.policy import Abstention, Policy, PolicyKind
from engine.errors import UnusableInput
from engine.serving.scorer import Scorer
from tests.app.prepared import prepare
from tests.engine.serving.served import ROW, Fake, make_served

POLICY = Policy(kind=PolicyKind.MANUAL, threshold=0.5, yes="call", no="do not call")
TOKEN = "secret"  # noqa: S105


class Slow(Fake):
    """Takes a tenth of a second for 2,000 rows."""

    def predict(self, frame):
        time.sleep(len(frame) / 20_000)
        return super().predict(frame)


@pytest.fixture
def opened(home) -> Home:
    return open_home(settings.load(home))


@pytest.fixture
def served():
    """A server of the fake model that answers until the test is over."""
    over = threading.Event()
    with Server(Warm(Scorer(make_served(approved=False), Fake())), TOKEN, idle=0.05) as server:

        def run() -> None:
            while not over.is_set():
                server.handle_request()

        thread = threading.Thread(target=run)
        thread.start()
        yield server
        over.set()
        thread.join()


@pytest.fixture
def asked(home, served):
    """A home whose version is held ready by that server."""
    opened_home, _ = prepare(home, "trained")
    shown = registry.show(opened_home, "leaving:1")
    at = At(stamp=asking.stamp(shown), pid=1, port=served.server_port, token=TOKEN)
    asking.write(asking.place(opened_home), at)
    return opened_home, shown


def post(port: int, length: str, token: str | None) -> tuple[int, dict]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/", b"{}", {"Content-Length": length, asking.TOKEN: token or ""})
    response = connection.getresponse()
    told = response.status, json.loads(response.read())
    connection.close()
    return told


def test_the_answer_comes_with_its_reasons_under_the_policy_that_is_asked(asked) -> None:
    home, shown = asked
    assert asking.standing(home, shown) is Standing.READY
    told, estimated = asking.ask(home, shown, ROW, POLICY)
    why = told.explanation
    assert told.decision == "do not call"
    assert told.trust == "ok", "nobody has approved it, which the screen says, not every answer"
    assert why.base + sum(why.contributions.values()) == pytest.approx(why.value, abs=1e-9)
    assert not estimated
    lower = POLICY.model_copy(update={"threshold": 0.3})
    assert asking.ask(home, shown, ROW, lower)[0].decision == "call"
    unsure = POLICY.model_copy(update={"abstention": Abstention(coverage=0.9, limits=(0.7, 0.7))})
    assert asking.ask(home, shown, ROW, unsure)[0].trust == "abstain"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"age": 130}, "out_of_range"), ({"job": "astronaut"}, "new_category"), ({"age": 40.5}, "unlike_training")],
)
def test_leaving_the_data_is_told(asked, change, code) -> None:
    told, _ = asking.ask(*asked, {**ROW, **change}, POLICY)
    assert code in {reason.code for reason in told.reasons}
    assert told.trust == "caution"


def test_a_value_that_cannot_be_read_is_refused_in_words(asked) -> None:
    with pytest.raises(UnusableInput, match="'since' is \"soon\""):
        asking.ask(*asked, {**ROW, "since": "soon"}, POLICY)


@pytest.mark.parametrize(
    ("token", "length", "status"),
    [("wrong", "2", 403), (None, "2", 403), (TOKEN, "2", 422), (TOKEN, "1000001", 413), (TOKEN, "-1", 413)],
    ids=["another's token", "no token", "another shape", "too large", "no length"],
)
def test_whoever_has_no_token_or_no_question_gets_no_answer(served, token, length, status) -> None:
    assert post(served.server_port, length, token)[0] == status


def test_a_row_that_is_too_large_is_refused_before_it_is_sent(asked) -> None:
    home, shown = asked
    with pytest.raises(UnusableInput, match="too large"):
        asking.ask(home, shown, {**ROW, "note": "x" * asking.LONGEST}, POLICY)


def test_only_the_owner_may_read_where_it_listens(asked) -> None:
    home, _ = asked
    assert asking.place(home).stat().st_mode & 0o077 == 0
    assert asking.place(home).parent.stat().st_mode & 0o077 == 0


def test_a_scorer_that_is_gone_is_noticed(asked) -> None:
    home, shown = asked
    asking.write(asking.place(home), At(stamp=asking.stamp(shown), pid=1, port=1, token=TOKEN))
    with pytest.raises(NotWarm):
        asking.ask(home, shown, ROW, POLICY)
    assert not asking.place(home).exists()


def test_it_ends_when_nobody_asks() -> None:
    with Server(Warm(Scorer(make_served(), Fake())), TOKEN, idle=0.05) as server:
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        thread.join(timeout=20)
        assert not thread.is_alive()


def test_a_slow_model_is_explained_less_closely_and_says_so() -> None:
    slow = Warm(Scorer(make_served(), Slow()))
    began = time.perf_counter()
    told = slow.answer(Question(rows=(ROW,), policy=POLICY, use=make_served().use))
    assert told.estimated == (slow.effort.exact_up_to == 0)
    assert time.perf_counter() - began < 2


def test_a_wish_is_taken_once_and_an_old_one_not_at_all(opened) -> None:
    path = opened.path / "warm" / "wanted.json"
    wanted = Wanted(reference="a:1", stamp="s")
    asking.write(path, wanted)
    assert asking.take(opened) == wanted
    assert asking.take(opened) is None
    asking.write(path, wanted)
    os.utime(path, (time.time() - 120,) * 2)
    assert asking.take(opened) is None


def test_a_version_that_cannot_be_opened_says_why_in_the_app(home) -> None:
    opened_home, _ = prepare(home, "trained")
    shown = registry.show(opened_home, "leaving:1")
    asking.want(opened_home, shown)
    keeper = Keeper(opened_home)
    keeper.look()
    try:
        keeper._child.wait(timeout=60)
        keeper.look()
        assert keeper._child is None
        with pytest.raises(asking.Failed, match="missing|changed|not"):
            asking.standing(opened_home, shown)
    finally:
        keeper.end()
    assert not list((opened_home.path / "work").iterdir())


def test_the_keeper_holds_one_process_and_tells_of_one_that_fell(opened, monkeypatch) -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    monkeypatch.setattr(Keeper, "_start", lambda self, wanted: subprocess.Popen(command, stdin=subprocess.PIPE))
    keeper, path = Keeper(opened), opened.path / "warm" / "wanted.json"
    asking.write(path, Wanted(reference="a:1", stamp="one"))
    keeper.look()
    first = keeper._child
    asking.write(path, Wanted(reference="a:1", stamp="one"))
    keeper.look()
    assert keeper._child is first
    asking.write(path, Wanted(reference="b:1", stamp="two"))
    keeper.look()
    second = keeper._child
    assert first.poll() is not None
    assert second is not first
    second.kill()
    second.wait()
    keeper.look()
    said = At.model_validate_json(asking.place(opened).read_bytes())
    assert said.stamp == "two"
    assert "ended unexpectedly" in said.failure.problem
    assert all(process.stdin.closed for process in (first, second))


def test_it_ends_with_its_worker(opened) -> None:
    code = "import sys; from app import warm; warm._end_with_the_worker(warm.open_home(warm.settings.load()))"
    asking.write(asking.place(opened), At(stamp="s", pid=0))
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    asking.write(asking.place(opened), At(stamp="s", pid=child.pid))
    child.stdin.close()
    assert child.wait(timeout=60) == 0
    assert not asking.place(opened).exists()
