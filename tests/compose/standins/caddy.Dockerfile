FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates caddy
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
