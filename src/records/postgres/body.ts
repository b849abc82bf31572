// The whole of a record as JSON, which people can also read with SQL: `body::json`. What is undefined and phases that took no
// time are left out, and are there again when it is read.
import { PHASES, type Attempt, type Phases, type RequestRecord } from '../../core/record.ts'
import type { StoredRecord } from '../store.ts'

type Absent<T, K extends keyof T> = Readonly<Record<K, undefined>>

/** Everything that may be undefined: JSON has no word for it. A field that is added to the record is added here. */
const NO_RECORD: Absent<RequestRecord, MaybeOf<RequestRecord>> = {
  traceId: undefined,
  parentSpanId: undefined,
  isTraced: undefined,
  modelAsked: undefined,
  modelRouted: undefined,
  fallbackFrom: undefined,
  fallbackReason: undefined,
  modelAnswered: undefined,
  backend: undefined,
  provider: undefined,
  key: undefined,
  tenant: undefined,
  cost: undefined,
  finishReason: undefined,
  queued: undefined,
  firstTokenMs: undefined,
  gaps: undefined,
  code: undefined,
  blame: undefined,
  interruptedBy: undefined,
  shed: undefined,
  offloadRatio: undefined,
  loopStallMs: undefined,
}
const NO_USAGE: Absent<RequestRecord['usage'], MaybeOf<RequestRecord['usage']>> = {
  promptTokens: undefined,
  outputTokens: undefined,
  cachedTokens: undefined,
  reasoningTokens: undefined,
}
const NO_ATTEMPT: Absent<Attempt, MaybeOf<Attempt>> = {
  connectedMs: undefined,
  firstByteMs: undefined,
  firstTokenMs: undefined,
  code: undefined,
  status: undefined,
}
const NO_PHASES = Object.fromEntries(PHASES.map((phase) => [phase, 0])) as unknown as Phases

/** The names of what may be undefined, so that none can be forgotten above. */
type MaybeOf<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T]

export function printBody({ record, verdict }: StoredRecord): string {
  const phases = Object.fromEntries(Object.entries(record.phases).filter(([, ms]) => ms !== 0))
  return JSON.stringify({ record: { ...record, phases }, verdict })
}

export function parseBody(text: string): StoredRecord {
  const { record, verdict } = JSON.parse(text) as StoredRecord
  return {
    record: {
      ...NO_RECORD,
      ...record,
      usage: { ...NO_USAGE, ...record.usage },
      attempts: record.attempts.map((attempt) => ({ ...NO_ATTEMPT, ...attempt })),
      phases: { ...NO_PHASES, ...record.phases },
    },
    verdict,
  }
}
