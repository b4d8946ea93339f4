#!/bin/sh
# As the image's own entry point: as root it gives the folder to rabbitmq, and becomes it. RabbitMQ itself reads
# RABBITMQ_DEFAULT_USER and RABBITMQ_DEFAULT_PASS.
set -e
if [ "$(id -u)" = 0 ]; then
    find /var/lib/rabbitmq ! -user rabbitmq -exec chown rabbitmq {} +
    exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$0" "$@"
fi
exec /usr/lib/rabbitmq/bin/"$@"
