// What a stack is: files as text, made from one configuration, and who finds whom under which address. It makes none.
import type { Config } from '../config/resolve.ts'
import type { RuleInput } from '../slo/rules.ts'

/** Where the stack is to run: containers on one machine, a cluster, or programs that somebody starts by hand. */
export type StackTarget = 'compose' | 'kubernetes' | 'files'

export const STACK_TARGETS: readonly StackTarget[] = ['compose', 'kubernetes', 'files']

/** One file of the folder that is written. */
export interface StackFile {
  /** Below the folder, with forward slashes: `prometheus/prometheus.yml`. */
  readonly path: string
  readonly text: string
}

/** Everything that files are derived from: the same input gives the same bytes. */
export interface StackInput {
  readonly target: StackTarget
  readonly config: Config
  /** Objectives and threshold rules as the gateway resolved them, under the job of `places`. */
  readonly rules: RuleInput
  readonly places: StackPlaces
  /** Of this program: `0.1.0`. */
  readonly version: string
}

/** Pure: what one component needs, or no file where the target or the configuration has no use for it. */
export type RenderPart = (input: StackInput) => readonly StackFile[]

/** Addresses as the others reach them: `host:port` for what is scraped, a URL for what is asked. */
export interface StackPlaces {
  /** Under which Prometheus scrapes the gateways; rules, dashboards and the doctor know no other. */
  readonly job: string
  readonly gatewayMetrics: string
  /** Of `metrics.path`. */
  readonly gatewayMetricsPath: string
  /** Where the metrics listener takes Alertmanager's webhooks and answers `/sd/prometheus`. */
  readonly gatewayHooks: string
  readonly prometheus: string
  readonly alertmanager: string
  readonly grafana: string
  readonly loki: string
  readonly nodeExporter: string
  /** Of the exporter of NVIDIA's GPUs. */
  readonly gpuExporter: string
}
