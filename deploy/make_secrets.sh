#!/bin/sh
# Makes ./secrets for docker-compose.prod.yml, once: what is there already stays as it is.
set -eu

cd "$(dirname "$0")/.."
mkdir -p secrets
# The folder is for nobody else. The files can be read in it: each goes into containers whose users differ.
chmod 0700 secrets

make() {
    file=secrets/$1
    if [ -s "$file" ]; then return; fi
    printf '%s%s\n' "$2" "$(openssl rand "$3" "$4")" >"$file"
    chmod 0644 "$file"
    echo "made $file"
}

make postgres_password "" -hex 24
make rabbitmq_password "" -hex 24
make minio_password "" -hex 24
make api_key "" -hex 24
make notice_secret whsec_ -base64 24
