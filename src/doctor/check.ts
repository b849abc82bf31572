// What a question is, and what it may look at. The list of them is in checks.ts, the order in which they are put in run.ts.
import type { Clock } from '../core/clock.ts'
import type { Secret } from '../core/secret.ts'
import type { Config } from '../config/resolve.ts'
import type { Asker } from './ask/asker.ts'
import type { Machine } from './ask/machine.ts'
import type { Finding, Status } from './finding.ts'

/** In the order of the report, with their headings. */
export const GROUPS = {
  setup: 'Set-up',
  gateway: 'Gateway',
  backends: 'Backends',
  stores: 'Redis and PostgreSQL',
  prometheus: 'Prometheus',
  alerts: 'Alerts',
  grafana: 'Grafana',
  proxy: 'Reverse proxy',
} as const
export type GroupName = keyof typeof GROUPS

export type Backend = Config['gateway']['backends'][number]

/** Addresses of programs of others, as flags name them. */
export interface Places {
  readonly prometheus?: string | undefined
  readonly alertmanager?: string | undefined
  readonly grafana?: string | undefined
  readonly proxy?: string | undefined
}

export interface Options {
  readonly places: Places
  /** Whether models may be asked for a token, which may load them. */
  readonly generate: boolean
  readonly generateMs: number
  /** Whether test messages may be sent. */
  readonly notify: boolean
  /** A key of the gateway, for what only a caller with a key can see. */
  readonly key?: Secret | undefined
  readonly grafanaToken?: Secret | undefined
}

/** What the rules, dashboards and labels of a stack are expected to be. */
export interface Expected {
  /** The job under which Prometheus scrapes gateways. */
  readonly job: string
  /** Those of the objectives and rules of the configuration. */
  readonly ruleGroups: readonly string[]
  /** What a stack has besides, wherever it runs; nobody has to have one. */
  readonly stackGroups: readonly string[]
  /** The labels of every alert that may come. */
  readonly alerts: readonly Readonly<Record<string, string>>[]
}

export type Row = Readonly<Record<string, unknown>>

export interface Delivered {
  readonly kind: string
  readonly delivered: boolean
  readonly answer: string
}

export interface Told {
  /** Of each statement. */
  readonly rows: readonly (readonly Row[])[]
  /** Of the statement that was answered first: the way there and back, without what else this machine does. */
  readonly leastMs: number
}

/** Work that a subject does and the doctor only asks for. */
export interface Hands {
  /** The address of one of a backend's pages, and what it is asked with. */
  reach(backend: Backend): {
    readonly urlFor: (path: string) => string
    readonly headers: Record<string, string>
  }
  deliver(receiver: string): Promise<Delivered>
  /** Puts statements to the PostgreSQL of the records; rejects with an error whose message is for people. */
  askPostgres(statements: readonly string[]): Promise<Told>
}

export interface Setup {
  readonly config: Config
  /** Those of the configuration, or the ones a gateway without any would take. */
  readonly backends: readonly Backend[]
  readonly options: Options
  readonly expected: Expected
  readonly hands: Hands
  readonly machine: Machine
  readonly clock: Clock
}

export interface Asked {
  readonly setup: Setup
  readonly asker: Asker
  readonly clock: Clock
  /** Of which backend, listener or receiver this is asked; empty where there is only one. */
  readonly subject: string
  /** How a question that this one comes after ended; undefined when it was not put. */
  readonly statusOf: (check: string, subject?: string) => Status | undefined
}

export interface Check {
  readonly name: string
  readonly group: GroupName
  readonly question: string
  /** What it is asked of, one by one. Without this it is asked once. */
  readonly subjects?: (setup: Setup) => readonly string[]
  /** Checks before it in the list that must not have failed: of the same subject where they have it. */
  readonly needs?: readonly string[]
  /** Checks before it in the list that must be over. */
  readonly after?: readonly string[]
  /** Why others were not asked when this one failed: "the gateway does not run". */
  readonly blocks?: string
  /** How long it may take, where that is not the usual. */
  readonly patienceMs?: (setup: Setup) => number
  ask(asked: Asked): Promise<Finding | readonly Finding[]>
}

export function backendOf({ setup, subject }: Asked): Backend {
  const backend = setup.backends.find(({ name }) => name === subject)
  if (backend === undefined) throw new TypeError(`no backend is called ${subject}`)
  return backend
}

export const eachBackend = ({ backends }: Setup): readonly string[] => backends.map(({ name }) => name)
