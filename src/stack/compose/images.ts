// Which image each service runs, pinned by tag. The one place to change when a component is upgraded; a test refuses `latest`.
//
// Tags are those that the projects released by autumn 2026, as their registries and release pages name them. They were chosen,
// not run here: `docker compose pull` says at once whether a registry still has one.

export const IMAGES = {
  // github.com/prometheus/{prometheus,alertmanager,node_exporter}/releases
  prometheus: 'prom/prometheus:v3.13.1',
  alertmanager: 'prom/alertmanager:v0.34.0',
  nodeExporter: 'prom/node-exporter:v1.12.1',
  // hub.docker.com/r/grafana/{grafana,loki,alloy}/tags
  grafana: 'grafana/grafana:13.1.2',
  loki: 'grafana/loki:3.7.7',
  alloy: 'grafana/alloy:v1.18.1',
  // github.com/wollomatic/socket-proxy/releases
  dockerApi: 'wollomatic/socket-proxy:1.13.1',
  // Not below 0.17.1: CVE-2026-7482.
  ollama: 'ollama/ollama:0.23.2',
  // valkey.io/download: the free continuation of Redis, which speaks the same protocol.
  redis: 'valkey/valkey:9.1.0',
  postgres: 'postgres:17.10',
  // catalog.ngc.nvidia.com: the tag names DCGM, then the exporter.
  gpuExporter: 'nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless',
} as const

/** Weir's own is built from its repository; whoever has one in a registry names it in `.env`. */
export function toGatewayImage(version: string): string {
  return `\${WEIR_IMAGE:-weir:${version}}`
}
