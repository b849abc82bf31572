// What an experiment is: a question with its figures. Types and names; which experiments there are stands in experiments.ts.
import type { Job } from './load/jobs.ts'
import type { SampleName } from './readers/jobs.ts'
import type { StubSettings } from './stub.ts'

export const EXPERIMENT_NAMES = ['requests', 'readers', 'chunks', 'latency', 'first-token', 'memory'] as const
export type ExperimentName = (typeof EXPERIMENT_NAMES)[number]

/** The stub without a proxy: what latency is added to. */
export const DIRECT = 'direct'

/** A column of the table: the figure's name in a round, and how people read it. */
export interface Column {
  readonly figure: string
  readonly label: string
  /** Figure times this is what the label says. */
  readonly scale: number
  readonly digits: number
}

interface Measurement {
  readonly name: ExperimentName
  readonly title: string
  readonly rounds: number
  readonly columns: readonly Column[]
}

/** What requests cost that go through proxies. */
export interface ProxyExperiment extends Measurement {
  readonly kind: 'proxies'
  /** Who takes part unless people choose. */
  readonly targets: readonly string[]
  /** Whether every round starts its own process, because what was there before shows in the figures. */
  readonly fresh: boolean
  readonly stub: StubSettings
  toJob(floorPerSecond: number): Job
  /** `ratio`: the first column divided by the floor's. `added`: each millisecond column less that of the reference. */
  readonly comparison: 'ratio' | 'added'
}

/** What becomes of requests that are over, measured without serving any. */
export interface ReadersExperiment extends Measurement {
  readonly kind: 'readers'
  /** Kinds of requests. */
  readonly targets: readonly SampleName[]
  /** Of each kind in a round. */
  readonly batches: number
  /** Before those that count: the engine optimises what has run often, and again when another kind has come by. */
  readonly warmUpRounds: number
  readonly comparison: 'none'
}

export type Experiment = ProxyExperiment | ReadersExperiment
