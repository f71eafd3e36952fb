"""Which calls take turns: all that the service reads as a wish for explanations, however it is written."""

import asyncio

import pytest

from engine.serving import requests
from engine.serving.bodies import Refused
from engine.serving.turns import Turns


async def _taken(body: bytes) -> bool:
    try:
        async with Turns(0, 0.0).taken("/predict", body):
            return False
    except Refused:
        return True


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("name", ["explain", r"expl\u0061in", r"\u0065\u0078\u0070\u006C\u0061\u0069\u006e"])
def test_whatever_is_read_as_a_call_that_explains_takes_a_turn(name: str, encoding: str) -> None:
    body = f'{{"rows": [], "{name}"\n: true}}'.encode(encoding)
    assert requests.parse(body, ("rows", "explain"))["explain"] is True
    assert asyncio.run(_taken(body))


@pytest.mark.parametrize("body", [b"", b"{", rb'{"rows": [{"name": "J\u00f6rg", "paid": true}], "explain": false}'])
def test_any_other_call_takes_none(body: bytes) -> None:
    assert not asyncio.run(_taken(body))
