#!/bin/sh
# Takes MinIO's variables and its command, and serves the same folder.
set -e
if [ -n "$MINIO_ROOT_PASSWORD_FILE" ]; then MINIO_ROOT_PASSWORD=$(cat "/run/secrets/$MINIO_ROOT_PASSWORD_FILE"); fi
export RCLONE_CONFIG=/dev/null RCLONE_AUTH_KEY="\"$MINIO_ROOT_USER,$MINIO_ROOT_PASSWORD\""
exec rclone serve s3 /data --addr :9000 --etag-hash= --vfs-read-wait=0 --cache-dir /tmp/rclone
