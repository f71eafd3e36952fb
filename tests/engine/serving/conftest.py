import pytest

from engine.serving.scorer import Scorer
from tests.engine.serving.served import Fake, make_served


@pytest.fixture
def scorer() -> Scorer:
    """Yes with probability age / 100; called from 0.3 on."""
    return Scorer(make_served(), Fake())
