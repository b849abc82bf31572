// prometheus.yml: what is scraped under which job, which rules are read, and who is told. In a cluster this is the operator's.
import { posix } from 'node:path'
import { printYaml } from '../commented-yaml.ts'
import { DISCOVERY_PATH, JOBS, MADE_BY, STACK_PATHS } from '../places.ts'
import { RULES_FOLDER } from '../rules/render.ts'
import type { StackFile, StackInput } from '../stack.ts'
import { toRetention } from './retention.ts'

/** A window of five minutes needs samples in it; every panel and rule is made for this pace. */
const SCRAPE_EVERY = '15s'
/** As often as Prometheus itself asks a list over HTTP. */
const DISCOVER_EVERY = '60s'

export function renderPrometheus(input: StackInput): readonly StackFile[] {
  if (input.target === 'kubernetes') return []
  const rules = posix.relative(posix.dirname(STACK_PATHS.prometheus), RULES_FOLDER)
  const value = {
    global: { scrape_interval: SCRAPE_EVERY, evaluation_interval: SCRAPE_EVERY },
    rule_files: [`${rules}/*.yml`],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [input.places.alertmanager] }] }] },
    scrape_configs: toScrapes(input),
  }
  const spaced = ['rule_files', 'alerting', 'scrape_configs']
  const text = printYaml(value, { header: toHeader(input), spaced })
  return [{ path: STACK_PATHS.prometheus, text: `${text}${toGpuHint(input)}` }]
}

function toHeader({ rules }: StackInput): string {
  return [
    MADE_BY,
    'What Prometheus scrapes. How long it remembers is a flag and no line of this file; less than the longest window of an',
    'objective makes that window shorter without a word:',
    `  --storage.tsdb.retention.time=${toRetention(rules)}`,
  ].join('\n')
}

type Scrape = Readonly<Record<string, unknown>>

function toScrapes(input: StackInput): readonly Scrape[] {
  const { places, config, target } = input
  const { replicas } = config.telemetry.metrics
  const fixed = (job: string, targets: readonly string[]): Scrape => ({
    job_name: job,
    static_configs: [{ targets }],
  })
  return [
    // Named here and not asked for: a gateway that is gone could not say that it should be there.
    {
      ...{ job_name: places.job, metrics_path: places.gatewayMetricsPath },
      static_configs: [{ targets: replicas.length > 0 ? replicas : [places.gatewayMetrics] }],
    },
    toBackends(input),
    fixed(JOBS.node, [places.nodeExporter]),
    ...(target === 'compose' ? [toGpu(places.gpuExporter)] : []),
    fixed(JOBS.prometheus, [new URL(places.prometheus).host]),
    fixed(JOBS.alertmanager, [places.alertmanager]),
  ]
}

/** The gateway knows its backends. The gateways in its list are left out: they are scraped already. */
function toBackends({ places }: StackInput): Scrape {
  return {
    job_name: JOBS.backends,
    http_sd_configs: [{ url: `${places.gatewayHooks}${DISCOVERY_PATH}`, refresh_interval: DISCOVER_EVERY }],
    relabel_configs: [{ source_labels: ['backend'], regex: '.+', action: 'keep' }],
  }
}

/** By name, so that it is no target that is down where the machine has no GPU and the exporter was not started. */
function toGpu(address: string): Scrape {
  const [name = '', port = ''] = address.split(':')
  return { job_name: JOBS.gpu, dns_sd_configs: [{ names: [name], type: 'A', port: Number(port) }] }
}

/** Whether there will be an exporter is not known here; of its own machine the gateway reads GPUs by itself. */
function toGpuHint({ target, places }: StackInput): string {
  if (target !== 'files') return ''
  return [
    '',
    '  # With an exporter of GPUs (DCGM, or one that reads nvidia-smi), take the signs off:',
    `  # - job_name: ${JOBS.gpu}`,
    '  #   static_configs:',
    '  #     - targets:',
    `  #         - ${places.gpuExporter}`,
    '',
  ].join('\n')
}
