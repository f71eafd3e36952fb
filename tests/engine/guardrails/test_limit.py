import gc
import signal
import threading
import time

import pytest

from engine.guardrails.limit import TimeUp, unbroken, within
from tests.engine.guardrails.test_quick import score


def work(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(100))


def test_what_takes_too_long_is_interrupted_and_the_way_of_before_stands_again():
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TimeUp), within(0.02):
        work(30)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_what_must_not_be_broken_off_comes_to_its_end_first():
    done = []

    def twice() -> None:
        with unbroken():
            work(0.1)
            done.append("inside")
        done.append("behind")

    with pytest.raises(TimeUp), within(0.02):
        twice()
    assert done == ["inside"]


def test_what_asks_is_interrupted_there():
    asked = []

    def again_and_again() -> None:
        with unbroken() as ask:
            while True:
                work(0.01)
                asked.append(True)
                ask()

    with pytest.raises(TimeUp), within(0.02):
        again_and_again()
    assert 1 <= len(asked) < 20


def test_within_its_time_nothing_is_put_off():
    with within(30), unbroken() as ask:
        ask()
    with unbroken() as ask:
        ask()


def test_beside_the_main_thread_nothing_is_put_off():
    done = []

    def late() -> None:
        with within(0.01), unbroken() as ask:
            work(0.05)
            ask()
        done.append(True)

    beside = threading.Thread(target=late)
    beside.start()
    beside.join()
    assert done


@pytest.mark.parametrize("method", ["__del__", "update"])
def test_no_interruption_lands_in_the_quick_model(clean, monkeypatch, method):
    from lightgbm import Booster

    original, came_through = getattr(Booster, method), list[str]()

    def late(self, *args, **kwargs):
        signal.raise_signal(signal.SIGALRM)
        done = original(self, *args, **kwargs)
        came_through.append(method)
        return done

    monkeypatch.setattr(Booster, method, late)
    with pytest.raises(TimeUp), within(60):
        score(clean)
    # LightGBM is asked at the next tree, not after all of them.
    assert 1 <= len(came_through) < 5


def test_the_quick_model_frees_what_it_holds_before_it_returns(clean, monkeypatch):
    from lightgbm import Booster, Dataset

    freed = []
    for kind in (Booster, Dataset):
        original = kind.__del__
        monkeypatch.setattr(kind, "__del__", lambda self, of=original: freed.append(type(self)) or of(self))
    gc.disable()
    try:
        score(clean)
        assert {Booster, Dataset} <= set(freed)
    finally:
        gc.enable()
