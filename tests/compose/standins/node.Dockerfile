FROM debian:13-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libstdc++6
COPY bin/node /usr/bin/node
COPY lib/node_modules /usr/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/bin/npm && npm --version
