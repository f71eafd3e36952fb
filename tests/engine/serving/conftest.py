import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from engine.serving import bento
from engine.serving.admitted import admit
from engine.serving.scorer import Scorer
from tests.engine.serving.kit import Kit, ready
from tests.engine.serving.served import Fake, make_served


@pytest.fixture
def scorer() -> Scorer:
    """Yes with probability age / 100; called from 0.3 on."""
    return Scorer(make_served(), Fake())


@pytest.fixture(scope="package")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return Kit(tmp_path_factory.mktemp("kit"))


@pytest.fixture(scope="package")
def address(kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("serving")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    kit.keys, kit.withdrawn, kit.home = folder / "keys", folder / "withdrawn", folder / "bentoml"
    admit(kit.keys, None)
    environ = bento.environment(kit.home, log=folder / "log.sqlite", withdrawn=kit.withdrawn, keys=kit.keys)
    started = time.perf_counter()
    with (folder / "out.txt").open("wb") as out:
        process = subprocess.Popen(
            bento.command(kit.bento, host="127.0.0.1", port=port), env=environ, cwd=folder, stdout=out, stderr=out
        )
    try:
        url = f"http://127.0.0.1:{port}"
        while not ready(url):
            assert process.poll() is None, (folder / "out.txt").read_text()
            assert time.perf_counter() - started < 120
            time.sleep(0.1)
        kit.seconds["ready"] = time.perf_counter() - started
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
