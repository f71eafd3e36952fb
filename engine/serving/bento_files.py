"""What lies in a Bento beside the service: how to run it, how to call it, its container file. All of it constants."""

import sys

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_USER = 10001  # a number, so that whoever runs containers can tell that it is not root


def _filled(text: str) -> str:
    return text.replace("@PYTHON@", PYTHON).replace("@USER@", str(_USER))


README = _filled("""# A Handrail prediction service

The model's name, contract and limits stand in `src/package/served.json`, its card in `src/package/card.html`.
This folder is all that is needed: neither Handrail nor its registry. Its files are held against `src/files.json`
before the model is opened: a copy that is damaged or incomplete answers nothing.

## Run

With Python @PYTHON@, the version that the model was made with; the environment lies beside this folder, not in it:

    python@PYTHON@ -m venv ../service-venv
    ../service-venv/bin/pip install -r src/requirements.txt
    BENTOML_DO_NOT_TRACK=True ../service-venv/bin/bentoml serve . --host 127.0.0.1 --port 3000

## Call

`/docs.json` describes the calls, and `POST /schema` gives a row to begin with, made up of usual values:

    curl -s http://127.0.0.1:3000/schema -H 'Content-Type: application/json' -d '{}' -o schema.json
    python@PYTHON@ -c "import json; print(json.dumps({'rows': [json.load(open('schema.json'))['sample']]}))" \\
      > call.json
    curl -s http://127.0.0.1:3000/predict -H 'Content-Type: application/json' -d @call.json

Report later what really happened, with the `decision_id` of the answer:

    curl -s http://127.0.0.1:3000/outcome -H 'Content-Type: application/json' \\
      -d '{"outcomes": [{"decision_id": "ID", "outcome": "WHAT HAPPENED"}]}'

## Container

    docker build -t handrail-service .
    docker run --rm -p 127.0.0.1:3000:3000 -v handrail-decisions:/data handrail-service

It runs as user @USER@, who is not root, and keeps decisions in the volume. Inside the container it listens on all
interfaces; publish its port where you mean to.

## What it keeps

Decisions and outcomes are kept in the SQLite file that `HANDRAIL_SERVICE_LOG` names (default: in the user's data
directory) for `HANDRAIL_SERVICE_LOG_DAYS` days (default 90). Row values are kept only of cases that the model leaves to
a person, for that person to see; `handrail collect MODEL FILE` brings them, and the decisions, into the registry.

## Watch

`/metrics` counts rows by decision and trust, by class, by chance and by the reasons given, and calls by application. A
column that lacks its value in a tenth of a day's rows more than in training shows to Prometheus as

    sum by (column) (rate(handrail_reasons_total{code="missing"}[1d]))
      / scalar(sum(rate(handrail_decisions_total[1d])))
      - max by (column) (handrail_missing_in_training) > 0.1

and one whose values are new or out of range, with that `code`, as the first two lines `> 0.1`. A class, or a range of
values, that is predicted for a tenth more of the rows than in training:

    sum by (answer) (rate(handrail_answers_total[1d]))
      / scalar(sum(rate(handrail_answers_total[1d])))
      - max by (answer) (handrail_answers_in_training) > 0.1

and so with `chance`, `handrail_chances_total` and `handrail_chances_in_training`.

## Who may ask

Where `HANDRAIL_SERVICE_KEYS` names a file, only applications whose key stands in it are answered, and a change of the
file counts from the next call on. One line a key: its SHA-256 in hex, a space, the application's name. To make one:

    key=$(openssl rand -hex 32); echo "$key"
    printf '%s %s\\n' "$(printf %s "$key" | sha256sum | cut -d' ' -f1)" crm >> keys

Calls then carry `-H "Authorization: Bearer $key"`, those of what watches `/metrics` too; `/healthz`, `/livez` and
`/readyz` stay open. Without keys the service has no login: keep it on loopback, or behind something that has one. With
keys, let something encrypt the way to it: a key that is read on the way is anybody's.

## When its time is over

Where `HANDRAIL_SERVICE_WITHDRAWN` names a file, the model counts as retired as soon as that file is there (it may hold
the date): every answer says so, or is refused, as the use contract has it.
""")
# Of our own: BentoML's takes compilers along, and gives nobody a place for the decisions.
DOCKERFILE = _filled("""FROM python:@PYTHON@-slim-bookworm
# LightGBM and scikit-learn compute with OpenMP.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --user-group --uid @USER@ --create-home handrail && install -d -o handrail -g handrail /data
COPY src/requirements.txt /requirements.txt
RUN pip install --no-cache-dir -r /requirements.txt
COPY . /bento
ENV HANDRAIL_SERVICE_LOG=/data/decisions.sqlite BENTOML_DO_NOT_TRACK=True PYTHONDONTWRITEBYTECODE=1
USER @USER@
VOLUME ["/data"]
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \\
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:3000/readyz', timeout=4)"]
CMD ["bentoml", "serve", "/bento", "--host", "0.0.0.0", "--port", "3000"]
""")
