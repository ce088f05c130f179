# One image for all processes. The name of a Procfile line chooses one: `docker run … terugblik worker`; default: web.
FROM python:3.13-slim AS wheels
COPY requirements.lock .
RUN pip wheel --no-cache-dir --no-deps --require-hashes --wheel-dir /wheels --requirement requirements.lock

FROM python:3.13-slim
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --no-deps /wheels/*.whl \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin terugblik \
    && printf '#!/bin/sh\ncd /srv/terugblik && exec python -m app.cli "$@"\n' > /usr/local/bin/terugblik \
    && chmod 755 /usr/local/bin/terugblik
WORKDIR /srv/terugblik
COPY pyproject.toml Procfile LICENSE ./
COPY bin/process bin/process
COPY alembic alembic
COPY app app
COPY peernl peernl
COPY web web
COPY workers workers
RUN python -m compileall -q app peernl web workers

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000
USER terugblik
EXPOSE 8000
# Only the web process answers HTTP. A worker that hangs ends itself, and the container is restarted.
HEALTHCHECK --interval=15s --timeout=4s --start-period=30s --retries=3 CMD \
    ! grep -qs 'web[.]main' /proc/[0-9]*/cmdline || python -c \
    "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=3)"
# With `docker run --init` every process ends at once on SIGTERM. As process 1 the scheduler would wait for SIGKILL.
ENTRYPOINT ["bin/process"]
CMD ["web"]
