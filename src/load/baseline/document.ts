// What is kept of a run: enough to show it again and to compare it with another, in a file of bounded size.
import { z } from 'zod'
import { BUCKET_RATIO, LEAST_VALUE } from '../histogram.ts'
import type { Machine } from '../machine.ts'
import { printMix } from '../mix.ts'
import { LATENCIES } from '../objectives.ts'
import { API_NAMES, type LoadPlan } from '../plan.ts'
import type { Report } from '../report.ts'
import type { Measured } from '../run.ts'
import { METRICS, type Slice } from '../slice.ts'

export const KIND = 'weir-load'
/** Another number: the numbers mean something else, and old files are not compared with new ones. */
export const SCHEMA_VERSION = 1

const count = () => z.int().min(0)
const ms = () => z.number().min(0)

const objective = z.object({
  name: z.string(),
  kind: z.enum([...LATENCIES, 'availability']),
  thresholdMs: ms(),
  targetRatio: z.number(),
})

const bucketCounts = z.array(z.tuple([count(), count()]))

const sliceSchema = z.object({
  sent: count(),
  failed: count(),
  good: count(),
  duration: bucketCounts,
  firstToken: bucketCounts,
  perToken: bucketCounts,
  interToken: bucketCounts,
})

const loadSchema = z.object({
  pace: z.union([
    z.object({ kind: z.literal('open'), perSecond: z.number(), arrivals: z.string() }),
    z.object({ kind: z.literal('closed'), callers: count() }),
  ]),
  durationMs: ms().optional(),
  requests: count().optional(),
  warmUpMs: ms(),
  promptTokens: z.string(),
  maxTokens: z.string().optional(),
  streamRatio: z.number(),
  seed: z.number(),
  maxInFlight: count(),
  timeoutMs: ms(),
})

export const documentSchema = z.object({
  kind: z.literal(KIND),
  schemaVersion: z.literal(SCHEMA_VERSION),
  at: z.string(),
  weir: z.object({ version: z.string(), commit: z.string() }),
  machine: z.object({
    ...{ cpu: z.string(), cores: z.number(), memoryBytes: z.number() },
    ...{ os: z.string(), node: z.string() },
  }),
  target: z.object({ url: z.string(), api: z.enum(API_NAMES), model: z.string() }),
  load: loadSchema,
  objectives: z.array(objective),
  /** For people and their tools; comparing reads the slices. */
  results: z.record(z.string(), z.unknown()),
  distributions: z.object({
    bucketRatio: z.literal(BUCKET_RATIO),
    leastMs: z.literal(LEAST_VALUE),
    sliceMs: ms(),
    slices: z.array(sliceSchema),
  }),
})

export type LoadDocument = z.output<typeof documentSchema>
export type StoredSlice = z.output<typeof sliceSchema>

export interface DocumentParts {
  readonly plan: LoadPlan
  readonly measured: Measured
  readonly report: Report
  readonly machine: Machine
  readonly weir: { readonly version: string; readonly commit: string }
  readonly url: string
  readonly wallMs: number
}

export function toDocument(parts: DocumentParts): LoadDocument {
  const { plan, measured, report, machine, weir, url, wallMs } = parts
  const { slices } = measured.tally
  return {
    kind: KIND,
    schemaVersion: SCHEMA_VERSION,
    at: new Date(wallMs).toISOString(),
    weir: { ...weir },
    machine: { ...machine },
    target: { url, api: plan.api, model: plan.model },
    load: toLoad(plan),
    objectives: plan.objectives.map((each) => ({ ...each })),
    results: { ...report },
    distributions: {
      bucketRatio: BUCKET_RATIO,
      leastMs: LEAST_VALUE,
      sliceMs: slices.sliceMs,
      slices: slices.all.map(toStoredSlice),
    },
  }
}

function toLoad(plan: LoadPlan): LoadDocument['load'] {
  const { pace, durationMs, requests, maxTokens } = plan
  return {
    pace: { ...pace },
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(requests === undefined ? {} : { requests }),
    ...(maxTokens === undefined ? {} : { maxTokens: printMix(maxTokens) }),
    warmUpMs: plan.warmUpMs,
    promptTokens: printMix(plan.promptTokens),
    streamRatio: plan.streamRatio,
    seed: plan.seed,
    maxInFlight: plan.maxInFlight,
    timeoutMs: plan.timeoutMs,
  }
}

function toStoredSlice({ sent, failed, good, metrics }: Slice): StoredSlice {
  const [duration, firstToken, perToken, interToken] = METRICS.map((metric) =>
    metrics[metric].entries().map(([bucket, times]): [number, number] => [bucket, times]),
  )
  return {
    ...{ sent, failed, good },
    ...{ duration: duration ?? [], firstToken: firstToken ?? [] },
    ...{ perToken: perToken ?? [], interToken: interToken ?? [] },
  }
}
