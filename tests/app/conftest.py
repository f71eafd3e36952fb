"""What the tests of the screens share."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.reading import MAIN, Opener


@pytest.fixture
def opened(home: Path) -> Opener:
    """Open a page of the app as an address names it, all in one tab."""
    tabs: list[AppTest] = []

    def open_(page: str, **address: str) -> AppTest:
        if not tabs:
            tabs.append(AppTest.from_file(MAIN, default_timeout=60).run())
        at = tabs[0]
        at.switch_page(page)
        at.query_params.clear()
        for name, value in address.items():
            at.query_params[name] = value
        return at.run()

    return open_
