// Prometheus, Alertmanager, Grafana and the exporters as services of the compose file.
import { GRAFANA_PATHS, hasTraces } from '../grafana/provision.ts'
import { HOST_NAME, type GatewayFile } from '../gateway-file/gateway-file.ts'
import { USUAL_PORTS } from '../places.ts'
import { toRetention } from '../prometheus/retention.ts'
import type { StackInput } from '../stack.ts'
import { needsHost } from './gateway.ts'
import { IMAGES } from './images.ts'
import { after, askWithWget, toService, type Service } from './service.ts'

/** `nobody` in the images of Prometheus, and `grafana` in Grafana's. */
const NOBODY = '65534:65534'
const GRAFANA_USER = '472:472'

export function toPrometheusService({ rules }: StackInput, file: GatewayFile): Service {
  return toService(
    {
      ...{ image: IMAGES.prometheus, user: NOBODY, memory: '2g', networks: ['back', 'out'] },
      check: askWithWget(`http://127.0.0.1:${USUAL_PORTS.prometheus}/-/ready`),
      startPeriod: '2m',
    },
    {
      command: [
        '--config.file=/etc/prometheus/prometheus.yml',
        '--storage.tsdb.path=/prometheus',
        `--storage.tsdb.retention.time=${toRetention(rules)}`,
        '--enable-feature=exemplar-storage',
      ],
      ...(needsHost(file) ? { extra_hosts: [`${HOST_NAME}:host-gateway`] } : {}),
      volumes: ['./prometheus:/etc/prometheus:ro', 'prometheus-data:/prometheus'],
    },
  )
}

export function toAlertmanagerService(secrets: readonly string[]): Service {
  return toService(
    {
      ...{ image: IMAGES.alertmanager, user: NOBODY, memory: '256m', networks: ['back', 'out'] },
      check: askWithWget(`http://127.0.0.1:${USUAL_PORTS.alertmanager}/-/ready`),
    },
    {
      command: [
        '--config.file=/etc/alertmanager/alertmanager.yml',
        '--storage.path=/alertmanager',
        '--cluster.listen-address=',
      ],
      ...(secrets.length > 0 ? { secrets } : {}),
      volumes: ['./alertmanager:/etc/alertmanager:ro', 'alertmanager-data:/alertmanager'],
    },
  )
}

export function toGrafanaService({ config }: StackInput): Service {
  const port = USUAL_PORTS.grafana
  const { provisioning, dashboards } = GRAFANA_PATHS
  return toService(
    {
      ...{ image: IMAGES.grafana, user: GRAFANA_USER, memory: '512m', networks: ['front', 'back'] },
      check: askWithWget(`http://127.0.0.1:${port}/api/health`),
      startPeriod: '1m',
    },
    {
      environment: {
        GF_SECURITY_ADMIN_PASSWORD:
          '${GRAFANA_ADMIN_PASSWORD:?there is no default password: choose one in .env}',
        GF_SERVER_ROOT_URL: '${GRAFANA_URL:-}',
        GF_USERS_ALLOW_SIGN_UP: 'false',
        GF_AUTH_ANONYMOUS_ENABLED: 'false',
        GF_SECURITY_DISABLE_GRAVATAR: 'true',
        GF_ANALYTICS_REPORTING_ENABLED: 'false',
        GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
        GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
        GF_PLUGINS_PREINSTALL_DISABLED: 'true',
        ...(hasTraces(config) ? { TEMPO_URL: '${TEMPO_URL:-}' } : {}),
      },
      ports: [`\${GRAFANA_BIND:-127.0.0.1}:\${GRAFANA_PORT:-${port}}:${port}`],
      volumes: [
        `./grafana/provisioning:${provisioning}:ro`,
        `./grafana/dashboards:${dashboards}:ro`,
        'grafana-data:/var/lib/grafana',
      ],
      ...after('prometheus'),
    },
  )
}

export function toNodeExporterService(): Service {
  return toService(
    {
      ...{ image: IMAGES.nodeExporter, user: NOBODY, memory: '128m', networks: ['back'] },
      check: askWithWget(`http://127.0.0.1:${USUAL_PORTS.nodeExporter}/`),
    },
    {
      command: ['--path.rootfs=/host', '--no-collector.wifi', '--no-collector.zfs'],
      pid: 'host',
      volumes: ['/:/host:ro,rslave'],
    },
  )
}

export function toGpuExporterService(): Service {
  return toService(
    { image: IMAGES.gpuExporter, user: undefined, memory: '512m', networks: ['back'] },
    { profiles: ['gpu'], deploy: withGpus(['utility']) },
  )
}

/** All GPUs that the NVIDIA container toolkit gives. */
export function withGpus(capabilities: readonly string[]): Service {
  const device = { driver: 'nvidia', count: 'all', capabilities: ['gpu', ...capabilities] }
  return { resources: { reservations: { devices: [device] } } }
}
