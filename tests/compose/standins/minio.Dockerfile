FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl
COPY minio /usr/bin/minio
VOLUME /data
ENTRYPOINT ["minio"]
