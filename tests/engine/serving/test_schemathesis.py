"""What a service's description allows, and what it forbids, is asked of it: every answer is a described one.

Per operation 1,000 cases of schemathesis in the soak, else a seeded tenth.
"""

import os
from collections import Counter

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

CASES = 1000 if os.environ.get("HANDRAIL_SOAK") == "full" else 100
CALLS = ("predict", "explain", "outcome", "schema", "card")

pytestmark = [
    pytest.mark.training,
    pytest.mark.service,
    pytest.mark.soak,
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_every_answer_is_as_described(address, call, mode):
    import schemathesis
    from schemathesis.specs.openapi import checks

    conforms = [
        schemathesis.checks.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
    ]
    described = schemathesis.openapi.from_dict(httpx.get(f"{address}/docs.json").json())
    operation = described[f"/{call}"]["POST"]
    told: Counter[int] = Counter()

    @seed(5)
    @settings(max_examples=CASES // 2, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    def ask(case):
        answer = case.call(base_url=address, timeout=60)
        told[answer.status_code] += 1
        case.validate_response(answer, checks=conforms)
        if answer.status_code >= 400:
            assert set(answer.json()["error"]) == {"code", "problem", "fix", "row", "column"}

    ask()
    print(call, mode, dict(told))  # noqa: T201 - the soak prints its figures
    assert told
