// Carries a schedule out against the real gateway and closes the books: what the callers saw, what the backends saw, the
// records, the counters and the balances of the limits. What must be true of them is asserted in reconcile.test.ts.
import { join } from 'node:path'
import { stringify } from 'yaml'
import { openSqliteBudgetStore } from '../../../src/access/limits/budgets/sqlite-budget-store.ts'
import type { RequestRecord } from '../../../src/core/record.ts'
import type { LedgerEntry } from '../../../src/simulator/index.ts'
import { until } from '../../support/weir.ts'
import { judge, type Verdict } from '../callers.ts'
import { drawSchedule, type Disturbance, type Schedule, type Step } from '../schedule.ts'
import type { Tap } from '../tap.ts'
import { nowMs } from '../wire.ts'
import { checkRequest } from './check-request.ts'
import { listCounted, toBroken, toWritten, type Counted, type Stand } from './config.ts'
import { converse, type Conversed } from './converse.ts'
import { BACKENDS, byBackend, startFleet, type BackendName, type Fleet } from './fleet.ts'
import { startGatewayProcess, type GatewayHandle } from './gateway-handle.ts'
import type { LiveCounts, MemorySample } from './gateway-process.ts'
import { watchStalls, type StallWatch } from './stalls.ts'
export interface Told {
  readonly step: Step
  readonly verdict: Verdict | { readonly kind: 'left' }
  readonly record: RequestRecord
  readonly wasGranted: boolean
  /** On the gateway's monotonic clock. */
  readonly sealedMs: number
  /** Of each invariant that one request alone can break: what is wrong. */
  readonly problems: Readonly<Record<string, string>>
  /** Its bytes could be compared with those of its backend. */
  readonly isCompared: boolean
  /** Comments that it got while it waited. */
  readonly comments: number
  /** The test itself stood still meanwhile: what depends on order and time is not judged then. */
  readonly isBlurred: boolean
}

export interface Books {
  readonly schedule: Schedule
  readonly told: readonly Told[]
  readonly gateway: Pick<GatewayHandle, 'recordCount' | 'requestLines' | 'errorLines' | 'records'>
  readonly entries: Readonly<Record<BackendName, readonly LedgerEntry[]>>
  /** How often each id was heard at each backend. */
  readonly heard: Readonly<Record<BackendName, ReadonlyMap<string, number>>>
  /** The metrics page when all was over. */
  readonly page: string
  readonly state: LiveCounts
  readonly balances: readonly (Counted & { readonly used: number })[]
  readonly memory: readonly MemorySample[]
  readonly ended: { readonly filesLeft: number; readonly code: number | null }
  /** What the file of budgets says after the end. */
  readonly written: ReadonlyMap<string, number>
  readonly tookMs: number
}

export interface RunOptions {
  readonly seed: number
  readonly requests: number
  readonly onProgress?: (done: number, memory: MemorySample) => void
}

const LANES = 24
const SAMPLES = 20
/** A request has 2.5 seconds; a queue comes before them and a busy machine behind. */
const SEALED_WITHIN_MS = 30_000

export async function keepBooks(options: RunOptions): Promise<Books> {
  const schedule = drawSchedule(options.seed, options.requests)
  const fleet = await startFleet(options.seed)
  const urls = byBackend((name) => fleet.taps[name].url)
  const gateway = await startGatewayProcess((dataDir) => toWritten({ urls, dataDir }))
  const stalls = watchStalls()
  try {
    const stand = { urls, dataDir: gateway.dataDir }
    return await closeBooks(await carryOut({ options, schedule, fleet, gateway, stand, stalls }))
  } finally {
    stalls.stop()
    await gateway.destroy()
    await fleet.stop()
  }
}

interface Scene {
  readonly options: RunOptions
  readonly schedule: Schedule
  readonly fleet: Fleet
  readonly gateway: GatewayHandle
  readonly stand: Stand
  readonly stalls: StallWatch
}

interface Done extends Scene {
  readonly told: readonly Told[]
  readonly memory: readonly MemorySample[]
  readonly tookMs: number
}

async function carryOut(scene: Scene): Promise<Done> {
  const { options, schedule, gateway } = scene
  const startedMs = performance.now()
  const told: Told[] = []
  const memory: MemorySample[] = []
  const disturb = createDisturber(scene)
  const waiting = schedule.steps.entries()
  const every = Math.max(1, Math.floor(options.requests / SAMPLES))
  const lane = async (): Promise<void> => {
    for (const [index, step] of waiting) {
      disturb.begin(index)
      told.push(await tell(scene, step))
      if (told.length % every !== 0) continue
      const done = told.length
      const sample = await gateway.memory()
      memory.push(sample)
      options.onProgress?.(done, sample)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  await disturb.end()
  return { ...scene, told, memory, tookMs: performance.now() - startedMs }
}

async function tell({ gateway, fleet, stalls }: Scene, step: Step): Promise<Told> {
  const beganMs = nowMs()
  const conversation = await converse(gateway.port, step)
  const sealed = gateway.recordOf(step.id)
  await until(() => gateway.records.has(step.id), `the record of ${step.id}`, SEALED_WITHIN_MS)
  const { record, wasGranted, sealedMs } = await sealed
  const heard = byBackend((name) => fleet.taps[name].heardOf(step.id))
  const verdict = toVerdict(step, conversation)
  const checked = checkRequest({
    ...{ step, conversation, verdict, record, wasGranted, heard },
    isBlurred: stalls.stoodStill(beganMs, nowMs()),
  })
  for (const name of BACKENDS) fleet.taps[name].forgetBytes(step.id)
  return { step, verdict, record, wasGranted, sealedMs, ...checked }
}

/** What a backend compressed unasked is passed on unread: whole is what came whole, and its bytes are compared like all others. */
function toVerdict({ caller }: Step, conversation: Conversed): Told['verdict'] {
  if (conversation.ended === 'left') return { kind: 'left' }
  const { final: answer } = conversation
  const isUnread = answer?.whole === true && answer.status === 200 && answer.headers.has('content-encoding')
  return isUnread ? { kind: 'complete' } : judge(caller, conversation)
}

/** What happens around the requests. Two of a kind never overlap; whatever is asked for meanwhile comes after. */
function createDisturber({ schedule, fleet, gateway, stand }: Scene): {
  begin(atStep: number): void
  end(): Promise<void>
} {
  const lines = new Map<string, Promise<void>>()
  const disturbances = [...schedule.disturbances]
  const reload = (text: string): Promise<void> => gateway.reload(text)
  const start = ({ kind, forMs, variant, isScarce }: Disturbance): Promise<void> => {
    switch (kind) {
      case 'hang-up':
        return fleet.hangUp(forMs)
      case 'kill':
        return fleet.kill(forMs)
      case 'freeze':
        return fleet.freeze(forMs)
      case 'reload':
        return reload(stringify(toWritten(stand, { variant, isScarce })))
      case 'broken reload':
        return reload(toBroken(stand, variant))
    }
  }
  const enqueue = (disturbance: Disturbance): void => {
    const { kind } = disturbance
    // One file: right and wrong versions of it come one after the other.
    const line = kind === 'broken reload' ? 'reload' : kind
    lines.set(
      line,
      (lines.get(line) ?? Promise.resolve()).then(() => start(disturbance)),
    )
  }
  return {
    begin(atStep) {
      while ((disturbances[0]?.atStep ?? Infinity) <= atStep) enqueue(disturbances.shift()!)
    },
    async end() {
      await Promise.all(lines.values())
    },
  }
}

async function closeBooks({ schedule, told, gateway, fleet, memory, tookMs }: Done): Promise<Books> {
  const isOver = async (): Promise<boolean> => {
    const { opened, sealed, connections } = await gateway.state()
    return opened === sealed && connections === 0
  }
  await until(isOver, 'every request is sealed and every connection closed')
  await until(async () => (await fleet.inFlight()) === 0, 'the backends are idle')
  const entries = await fleet.entries()
  const heard = byBackend((name) => countHeard(fleet.taps[name]))
  const counted = listCounted()
  const used = await gateway.used(counted.map(({ rule }) => rule))
  const state = await gateway.state()
  const page = await gateway.scrape()
  const ended = await gateway.stop()
  const written = readBudgets(gateway.dataDir)
  const balances = counted.map((each, index) => ({ ...each, used: used[index] ?? Number.NaN }))
  return { schedule, told, gateway, entries, heard, page, state, balances, memory, ended, written, tookMs }
}

const countHeard = (tap: Tap): Map<string, number> =>
  new Map([...tap.ids()].map((id) => [id, tap.heardOf(id).length]))

function readBudgets(dataDir: string): Map<string, number> {
  const store = openSqliteBudgetStore(join(dataDir, 'budgets.db'))
  const rows = store.load(Date.now())
  store.close()
  return new Map(rows.map(({ id, micros }) => [id, micros]))
}
