# Handrail for a team's machine: docker build -t handrail . && docker run -p 127.0.0.1:8501:8501 -v handrail:/data handrail
# The install and start commands are the ones `make run` uses; tests/test_docker.py holds them to it.

FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/handrail
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY app app
COPY engine engine
COPY store store
RUN python -m venv --clear .venv
RUN .venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet -c constraints.txt -e .

FROM python:3.11-slim-bookworm
# LightGBM and scikit-learn compute with OpenMP.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --user-group --uid 10001 --create-home handrail && install -d -o handrail -g handrail /data
WORKDIR /opt/handrail
COPY --from=build /opt/handrail /opt/handrail
ENV HANDRAIL_HOME=/data HANDRAIL_BIND=container PYTHONDONTWRITEBYTECODE=1
USER handrail
VOLUME ["/data"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD [".venv/bin/python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('HANDRAIL_PORT', '8501') + '/_stcore/health', timeout=4)"]
CMD [".venv/bin/handrail", "start"]
