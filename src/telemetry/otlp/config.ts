// What can be configured about sending traces and metrics to an OpenTelemetry collector.
import { z } from 'zod'
import { backendUrl, pause, ratio, secret, timer } from '../../config/fields.ts'
import type { Secret } from '../../core/secret.ts'

/** RFC 9110 5.1: what a header may be called. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

/** Pushed more often, pages of metrics would be most of the work of an idle gateway. */
const MIN_METRICS_EVERY_MS = 1_000

export const otlpSchema = z
  .strictObject({
    url: backendUrl().describe(
      'Where OTLP over HTTP is taken, such as http://127.0.0.1:4318; `/v1/traces` and `/v1/metrics` are added.',
    ),
    headers: z
      .record(z.string().regex(HEADER_NAME, 'expected the name of a header'), secret())
      .prefault({})
      .describe('Sent with each message, such as an `authorization`.'),
    traces: ratio()
      .prefault('100%')
      .describe(
        'The share of requests of which spans are sent, where the caller sent no trace of its own; a caller’s own decision is kept. 0 sends none.',
      ),
    metrics: pause(MIN_METRICS_EVERY_MS)
      .prefault('60s')
      .describe('How often metrics are pushed; `off` where Prometheus reads them.'),
    timeout: timer(100).prefault('10s').describe('How long one message may take, with its repetitions.'),
    resource: z
      .record(z.string().min(1), z.string())
      .prefault({})
      .describe(
        'What is said of this gateway beside `service.name` (`weir`), `service.version` and `service.instance.id`.',
      ),
  })
  .optional()
  .describe(
    'Pushes traces and metrics to an OpenTelemetry collector, or to whatever takes OTLP. Without this nothing is pushed.',
  )

export interface OtlpSettings {
  readonly url: string
  readonly headers: Readonly<Record<string, Secret>>
  /** 0 to 1. */
  readonly traces: number
  /** Infinity: never. */
  readonly metrics: number
  readonly timeout: number
  readonly resource: Readonly<Record<string, string>>
}
