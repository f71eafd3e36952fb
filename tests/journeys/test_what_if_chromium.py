"""In a browser: a case is taken, its values are changed until they leave the data, and that is warned about."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.warm import Server, Warm
from app.workflow import asking, registry
from engine.domain.service import Served
from engine.serving.scorer import Scorer
from tests.app.prepared import CONTRACT, EVIDENCE, prepare
from tests.engine.serving.served import make_served
from tests.journeys.browsing import in_front, running

pytestmark = pytest.mark.browser


class Calls:
    """A model that says yes with a tenth of the calls."""

    def predict(self, frame):
        yes = frame["calls"].fillna(2).clip(0, 9).to_numpy() / 10
        return np.stack([1 - yes, yes], axis=1)


@pytest.fixture
def held(home: Path) -> Iterator[None]:
    """A project whose model is held ready, by a scorer as the worker keeps it."""
    opened, _ = prepare(home, "decided")
    shown = registry.show(opened, "leaving:1")
    names = tuple(name for name in CONTRACT.names if name != "left")
    served: Served = make_served(contract=CONTRACT.only(names), target="left", background=EVIDENCE.background)
    row = dict.fromkeys(names) | EVIDENCE.background.rows[0] | {"calls": 3.0}
    background = EVIDENCE.background.model_copy(update={"rows": (row,)})
    over = threading.Event()
    with Server(Warm(Scorer(served.model_copy(update={"background": background}), Calls())), "t", 0.1) as server:

        def run() -> None:
            while not over.is_set():
                server.handle_request()

        thread = threading.Thread(target=run)
        thread.start()
        at = asking.At(stamp=asking.stamp(shown), pid=1, port=server.server_port, token="t")  # noqa: S106
        asking.write(asking.place(opened), at)
        yield
        over.set()
        thread.join()


@pytest.mark.usefixtures("held")
def test_a_what_if_that_leaves_the_data_is_warned_about(chromium: str, home: Path, free_port: int) -> None:
    (home / "logs").rmdir()
    with running(home, free_port) as address, in_front(chromium, address) as analyst:
        analyst.tab.goto(f"{address}/model?model=leaving:1")
        analyst.sees("What if?")
        analyst.counts("calls", 8)
        analyst.sees(re.compile("The answer moves from .* to 80 %"))
        assert not analyst.tab.get_by_text("leaves what the model has learned from").count()
        analyst.counts("calls", 40)
        analyst.sees("leaves what the model has learned from")
        analyst.sees("in training it lay between 0 and 9")
        analyst.presses("Back to the values it began with")
        analyst.tab.get_by_text("leaves what the model has learned from").first.wait_for(state="detached")
