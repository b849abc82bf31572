# The gateway as an image: docker build -t weir:VERSION .
# With the commit in its version: docker build --build-arg WEIR_COMMIT="$(git rev-parse --short=7 HEAD)" -t weir:VERSION .

# The Node that package.json pins; a test holds both to be the same.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No scripts: the only one that a dependency has installs the Node that is here already.
RUN npm ci --ignore-scripts
COPY . .
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json \
 && npm prune --omit=dev --ignore-scripts
ARG WEIR_COMMIT=""
RUN if [ -n "$WEIR_COMMIT" ]; then printf '{"commit":"%s"}\n' "$WEIR_COMMIT" > build.json; else echo '{}' > build.json; fi

FROM ${NODE_IMAGE} AS runtime
# What installs programs has no business where one runs.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
WORKDIR /app
COPY --from=build /build/package.json /build/build.json /build/LICENSE ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
RUN ln -s /app/dist/main.js /usr/local/bin/weir \
 && chmod 755 /app/dist/main.js \
 && install -d -o 10001 -g 10001 -m 700 /data
ENV NODE_ENV=production
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
VOLUME /data
EXPOSE 18789 9464
# Without curl, and without a shell. Another port: change it here, or in what starts the container.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:18789/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The first process: it takes SIGTERM itself, and lets streams end.
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve", "--listen", ":18789", "--metrics-addr", ":9464", "--data-dir", "/data"]
