# syntax=docker/dockerfile:1
# One image for every process of the platform: web, worker, beat, relay and migrate differ in their command only.

FROM python:3.11-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/environment
COPY requirements/production.txt /tmp/production.txt
RUN /opt/environment/bin/python -m pip install --no-deps --require-hashes -r /tmp/production.txt

FROM python:3.11-slim
ENV PATH=/opt/environment/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin reservations
WORKDIR /srv/reservations
COPY --from=packages /opt/environment /opt/environment
COPY manage.py ./
COPY config ./config
COPY apps ./apps
COPY templates ./templates
# Nothing of the build's stand-ins stays in the image, and nothing of config/local gets into it (.dockerignore).
RUN SECRET_KEY=build JWT_SIGNING_KEY=build ALLOWED_HOSTS=build EMAIL_URL=smtp://localhost \
    DATABASE_URL=postgresql://localhost/build REDIS_URL=redis://localhost BROKER_URL=redis://localhost \
    python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q apps config
USER 10001:10001
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "8", "--respawn-failed-workers", "--no-ws", "config.wsgi:application"]
