// Gauges that are read from the running gateway when a page is asked for. Reads the live state, keeps nothing.
import type { Clock } from '../core/clock.ts'
import type { BackendLive, LiveState, ModelInMemory } from '../core/live.ts'
import { BACKEND_METRICS } from './catalogue/backends.ts'
import { LIVE_METRICS } from './catalogue/gateway.ts'
import { toSampledFamily } from './exposition.ts'
import type { SampledFamily } from './exposition.ts'
import { OTHER } from './labels.ts'

/** Models without a request in flight are shown up to this many in all; what is in flight beyond them is `other`. */
const MOST_MODELS = 100

/** Over all backends; those that are loaded come first. */
const MOST_MODELS_IN_MEMORY = 40

/**
 * Lines of exposition set aside for these gauges: 100 models in flight, four lines for each of 40 in memory, and a dozen for each
 * of fifteen backends.
 */
export const LIVE_LINES = 450

const CIRCUIT_STATES = ['closed', 'half-open', 'open'] as const

const STRAINS = ['loop', 'memory'] as const

/** Upper ends of the age buckets in seconds, with the text of the label. */
const AGES = [
  { belowS: 1, label: '<1s' },
  { belowS: 10, label: '1-10s' },
  { belowS: 60, label: '10-60s' },
  { belowS: 300, label: '60-300s' },
  { belowS: Infinity, label: '>300s' },
] as const

const MS_PER_SECOND = 1_000

type Samples = readonly (readonly [readonly string[], number])[]

export function collectLiveGauges(live: LiveState, clock: Clock): readonly SampledFamily[] {
  const strains = STRAINS.map((strain) => [[strain], Number(live.strain === strain)] as const)
  return [
    toSampledFamily(LIVE_METRICS.activeConnections, [[[], live.connections]]),
    toSampledFamily(LIVE_METRICS.overloaded, strains),
    ...collectInflight(live, clock),
    ...collectLimits(live),
    ...collectBackends([...live.backends()]),
  ]
}

function collectBackends(backends: readonly BackendLive[]): readonly SampledFamily[] {
  const byBackend = (read: (backend: BackendLive) => number | undefined): Samples =>
    backends.flatMap((backend) => {
      const value = read(backend)
      return value === undefined ? [] : [[[backend.name], value] as const]
    })
  const byState = (read: (backend: BackendLive) => Readonly<Record<string, number>>): Samples =>
    backends.flatMap((backend) =>
      Object.entries(read(backend)).map(([state, value]) => [[backend.name, state], value] as const),
    )
  return [
    toSampledFamily(
      LIVE_METRICS.backendUp,
      byBackend(({ up }) => (up === undefined ? undefined : Number(up))),
    ),
    toSampledFamily(
      LIVE_METRICS.backendProbe,
      byBackend(({ probeSeconds }) => probeSeconds),
    ),
    toSampledFamily(
      LIVE_METRICS.backendCircuit,
      byState(({ circuit }) =>
        Object.fromEntries(CIRCUIT_STATES.map((state) => [state, Number(state === circuit)])),
      ),
    ),
    toSampledFamily(
      LIVE_METRICS.backendPool,
      byState(({ pool: { connected, free, running, pending } }) => ({ connected, free, running, pending })),
    ),
    ...collectMemory(backends),
    toSampledFamily(
      LIVE_METRICS.slotsInUse,
      byBackend(({ slotsInUse }) => slotsInUse),
    ),
    toSampledFamily(
      LIVE_METRICS.slotsLimit,
      byBackend(({ slotsLimit }) => slotsLimit),
    ),
    toSampledFamily(
      LIVE_METRICS.queueDepth,
      byBackend(({ queueDepth }) => queueDepth),
    ),
  ]
}

function collectMemory(backends: readonly BackendLive[]): readonly SampledFamily[] {
  const models = backends.flatMap(({ name, memory }) => memory.map((model) => ({ backend: name, ...model })))
  const shown = models
    .toSorted((a, b) => Number(b.isLoaded) - Number(a.isLoaded))
    .slice(0, MOST_MODELS_IN_MEMORY)
  const byModel = (read: (model: ModelInMemory) => number | undefined): Samples =>
    shown.flatMap((each) => {
      const value = read(each)
      return value === undefined ? [] : [[[each.backend, each.model], value] as const]
    })
  return [
    toSampledFamily(
      LIVE_METRICS.modelLoaded,
      byModel(({ isLoaded }) => Number(isLoaded)),
    ),
    toSampledFamily(
      LIVE_METRICS.modelVram,
      byModel(({ vramBytes }) => vramBytes),
    ),
    toSampledFamily(
      LIVE_METRICS.modelBytes,
      byModel(({ bytes }) => bytes),
    ),
    toSampledFamily(
      BACKEND_METRICS.modelExpires,
      byModel(({ expiresAtMs }) => (expiresAtMs === undefined ? undefined : expiresAtMs / MS_PER_SECOND)),
    ),
  ]
}

const LEDGER_STATES = ['local', 'shared', 'alone'] as const

function collectLimits({ limits = { state: 'local', unsettled: 0 } }: LiveState): readonly SampledFamily[] {
  const states = LEDGER_STATES.map((state) => [[state], Number(state === limits.state)] as const)
  return [
    toSampledFamily(LIVE_METRICS.ledgerState, states),
    toSampledFamily(LIVE_METRICS.ledgerUnsettled, [[[], limits.unsettled]]),
  ]
}

function collectInflight(live: LiveState, clock: Clock): readonly SampledFamily[] {
  const byModel = new Map<string, number>(
    live
      .models()
      .slice(0, MOST_MODELS)
      .map((model) => [model, 0]),
  )
  byModel.set(OTHER, 0)
  const byAge = new Map<string, number>(AGES.map(({ label }) => [label, 0]))
  const nowMs = clock.now()
  for (const { model = OTHER, startedMs } of live.inflight()) {
    const known = byModel.has(model) ? model : OTHER
    byModel.set(known, (byModel.get(known) ?? 0) + 1)
    const ageS = (nowMs - startedMs) / MS_PER_SECOND
    const age = AGES.find(({ belowS }) => ageS < belowS)?.label ?? '>300s'
    byAge.set(age, (byAge.get(age) ?? 0) + 1)
  }
  const toSamples = (counts: ReadonlyMap<string, number>): Samples =>
    [...counts].map(([label, count]) => [[label], count] as const)
  return [
    toSampledFamily(LIVE_METRICS.inflightRequests, toSamples(byModel)),
    toSampledFamily(LIVE_METRICS.inflightAge, toSamples(byAge)),
  ]
}
