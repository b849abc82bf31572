// What is measured: for each experiment who takes part, what the stub and the load do, and which figures people read. Data, no running.
import { DIRECT } from './experiment.ts'
import type { Column, Experiment, ExperimentName, ProxyExperiment, ReadersExperiment } from './experiment.ts'
import type { Job } from './load/jobs.ts'
import { SAMPLE_NAMES } from './readers/jobs.ts'
import type { StubSettings } from './stub.ts'

interface Pace {
  readonly rounds: number
  /** Of `requests`: many short ones, because whatever disturbs the machine mostly lasts for seconds and so meets neighbours alike. */
  readonly requestsRounds: number
  /** Of what takes longest: a round of a burst lasts as long as its streams. */
  readonly burstRounds: number
  readonly memoryRounds: number
  readonly readersRounds: number
  readonly proxies: readonly string[]
  readonly variants: readonly string[]
  readonly requestsMs: number
  readonly chunksMs: number
  readonly latencyMs: number
  readonly holdMs: number
  readonly readersBatches: number
}

/** About four minutes with every target. */
const FULL: Pace = {
  rounds: 5,
  requestsRounds: 15,
  burstRounds: 5,
  memoryRounds: 5,
  readersRounds: 7,
  proxies: ['floor', 'weir', 'nginx'],
  variants: ['weir-unrecorded', 'weir-unlimited', 'weir-quiet', 'weir-bare'],
  requestsMs: 500,
  chunksMs: 1_500,
  latencyMs: 1_500,
  holdMs: 1_000,
  readersBatches: 64,
}

/** Under a minute. */
const QUICK: Pace = {
  rounds: 3,
  requestsRounds: 5,
  burstRounds: 2,
  memoryRounds: 1,
  readersRounds: 3,
  proxies: ['floor', 'weir'],
  variants: [],
  requestsMs: 500,
  chunksMs: 600,
  latencyMs: 500,
  holdMs: 500,
  readersBatches: 32,
}

const CONNECTIONS = 50
const STREAMS = 50
const EVENT_EVERY_MS = 5
/** A fifth of what the floor can do: busy enough to be honest, far from queueing. */
const RATE_SHARE = 0.2
const BURST_STREAMS = 200
const BURST_WITHIN_MS = 1_000
/** Streams of a burst go on beside the ones that start, as a chat does: a token each 25 ms, half a second long. */
const BURST_STUB: StubSettings = { events: 20, intervalMs: 25, firstMs: 0 }
const HELD_STREAMS = 1_000
const HELD_OPEN_WITHIN_MS = 600
const ENDLESS_EVENTS = Number.MAX_SAFE_INTEGER
const WARM_MS = 200
const READERS_WARM_UP_ROUNDS = 5

const CORE_SHARE: Column = { figure: 'coreShare', label: 'of a core %', scale: 100, digits: 0 }
const MILLISECONDS: readonly Column[] = [
  { figure: 'p50Millis', label: 'p50 ms', scale: 1, digits: 3 },
  { figure: 'p99Millis', label: 'p99 ms', scale: 1, digits: 3 },
]

function toRequests(pace: Pace): ProxyExperiment {
  return {
    kind: 'proxies',
    name: 'requests',
    title: `CPU per request: ${CONNECTIONS} keep-alive connections in a closed loop, 1 KB chat request, 600-byte answer`,
    targets: [...pace.proxies, ...pace.variants],
    rounds: pace.requestsRounds,
    fresh: false,
    stub: BURST_STUB,
    toJob: () => ({ kind: 'closed', connections: CONNECTIONS, warmMs: WARM_MS, measureMs: pace.requestsMs }),
    columns: [
      { figure: 'cpuPerRequestMicros', label: 'CPU µs/request', scale: 1, digits: 1 },
      { figure: 'storePerRequestMicros', label: 'records thread', scale: 1, digits: 1 },
      { figure: 'requestsPerSecond', label: 'requests/s', scale: 1, digits: 0 },
      CORE_SHARE,
    ],
    comparison: 'ratio',
  }
}

function toReaders(pace: Pace): ReadersExperiment {
  const toColumn = (figure: string, label: string): Column => ({ figure, label, scale: 1, digits: 2 })
  return {
    kind: 'readers',
    name: 'readers',
    title: 'Record, metrics, log line and keeping by themselves: CPU per request that is over',
    targets: SAMPLE_NAMES,
    rounds: pace.readersRounds,
    batches: pace.readersBatches,
    warmUpRounds: READERS_WARM_UP_ROUNDS,
    columns: [
      toColumn('togetherMicros', 'CPU µs/request'),
      toColumn('recordMicros', 'record'),
      toColumn('metricsMicros', 'metrics'),
      toColumn('logMicros', 'log line'),
      toColumn('keptMicros', 'kept'),
      toColumn('writtenMicros', 'records thread'),
    ],
    comparison: 'none',
  }
}

function toChunks(pace: Pace): ProxyExperiment {
  return {
    kind: 'proxies',
    name: 'chunks',
    title: `CPU per streamed chunk: ${STREAMS} streams, one event each ${EVENT_EVERY_MS} ms`,
    targets: pace.proxies,
    rounds: pace.rounds,
    fresh: false,
    stub: { events: ENDLESS_EVENTS, intervalMs: EVENT_EVERY_MS, firstMs: 0 },
    toJob: () => ({ kind: 'steady', streams: STREAMS, warmMs: WARM_MS, measureMs: pace.chunksMs }),
    columns: [
      { figure: 'cpuPerChunkMicros', label: 'CPU µs/chunk', scale: 1, digits: 1 },
      { figure: 'chunksPerSecond', label: 'chunks/s', scale: 1, digits: 0 },
      { figure: 'eventsPerArrival', label: 'events/arrival', scale: 1, digits: 2 },
      CORE_SHARE,
    ],
    comparison: 'ratio',
  }
}

function toLatency(pace: Pace): ProxyExperiment {
  return {
    kind: 'proxies',
    name: 'latency',
    title: `Latency at ${RATE_SHARE * 100} % of the floor's own maximum, open loop`,
    targets: [DIRECT, ...pace.proxies],
    rounds: pace.rounds,
    fresh: false,
    stub: BURST_STUB,
    toJob: (floorPerSecond) => ({
      kind: 'paced',
      perSecond: floorPerSecond * RATE_SHARE,
      warmMs: WARM_MS,
      measureMs: pace.latencyMs,
    }),
    columns: [...MILLISECONDS, { figure: 'requestsPerSecond', label: 'requests/s', scale: 1, digits: 0 }],
    comparison: 'added',
  }
}

function toFirstToken(pace: Pace): ProxyExperiment {
  return {
    kind: 'proxies',
    name: 'first-token',
    title: `First token when ${BURST_STREAMS} streams start within ${BURST_WITHIN_MS / 1_000} s, each on a new connection`,
    targets: [DIRECT, ...pace.proxies],
    rounds: pace.burstRounds,
    fresh: false,
    stub: BURST_STUB,
    toJob: () => ({ kind: 'burst', streams: BURST_STREAMS, withinMs: BURST_WITHIN_MS }),
    columns: MILLISECONDS,
    comparison: 'added',
  }
}

function toMemory(pace: Pace): ProxyExperiment {
  return {
    kind: 'proxies',
    name: 'memory',
    title: `Memory: ${HELD_STREAMS.toLocaleString('en')} open slow streams, a new process each round`,
    targets: pace.proxies,
    rounds: pace.memoryRounds,
    fresh: true,
    stub: { events: ENDLESS_EVENTS, intervalMs: 1_000, firstMs: 0 },
    toJob: () => ({
      kind: 'hold',
      streams: HELD_STREAMS,
      withinMs: HELD_OPEN_WITHIN_MS,
      holdMs: pace.holdMs,
    }),
    columns: [
      { figure: 'bytesPerStream', label: 'KB/stream', scale: 1e-3, digits: 1 },
      { figure: 'idleBytes', label: 'MB before', scale: 1e-6, digits: 1 },
    ],
    comparison: 'ratio',
  }
}

/** The experiments of a run, in order; the first also tells what the floor's maximum is. */
export function toExperiments(options: {
  readonly quick: boolean
  readonly only: readonly ExperimentName[]
  readonly rounds: number | undefined
}): Experiment[] {
  const pace = options.quick ? QUICK : FULL
  const { rounds } = options
  return [
    toRequests(pace),
    toReaders(pace),
    toChunks(pace),
    toLatency(pace),
    toFirstToken(pace),
    toMemory(pace),
  ]
    .filter(({ name }) => options.only.includes(name))
    .map((experiment) => (rounds === undefined ? experiment : { ...experiment, rounds }))
}

/**
 * What a process does before it is measured: some hundred thousand requests, as a service does in its first minute. Watched
 * second by second, the floor is compiled after 3 s of this load and Weir, which has more code, after 8.
 */
export const WARM_UP: Job = { kind: 'closed', connections: CONNECTIONS, warmMs: 0, measureMs: 8_000 }
/** The same for a process that lives for one round only. */
export const BRIEF_WARM_UP: Job = { kind: 'closed', connections: CONNECTIONS, warmMs: 0, measureMs: 1_000 }
/** How the floor's maximum is found when the experiment that shows it was left out. */
export const CALIBRATION: Job = {
  kind: 'closed',
  connections: CONNECTIONS,
  warmMs: 1_000,
  measureMs: 1_000,
}
