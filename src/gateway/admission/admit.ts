// Which of the open candidates may have the request now; where every slot is taken, it waits for the first that comes free.
import type { KeyPriority } from '../../access/config.ts'
import { WeirError } from '../../core/errors.ts'
import type { GatewayContext } from '../context.ts'
import type { Exchange, Place } from '../exchange.ts'
import type { Candidate } from '../routing/candidate.ts'
import { retryAfterSeconds, waitSeconds } from './estimate.ts'
import type { Rank } from './fair-queue.ts'
import type { Gate } from './gate.ts'
import { statedPatienceMs } from './patience.ts'
import type { Slot } from './slot.ts'
import { Ticket, type Door } from './ticket.ts'

const MS_PER_SECOND = 1_000

const RANKS: Readonly<Record<KeyPriority, Rank>> = { high: 0, normal: 1, low: 2 }

/** At once where nobody has to wait; a promise only where somebody does. Throws `queue_full` or `queue_timeout`. */
export function admit(
  exchange: Exchange,
  open: readonly Candidate[],
  context: GatewayContext,
): Candidate | Promise<Candidate> {
  if (open.length === 0) throw new WeirError('no_backend')
  for (const candidate of open) {
    const gate = gateOf(exchange, candidate)
    if (gate === undefined) return enter(exchange, candidate, undefined)
    const slot = gate.tryTake(exchange.principal)
    if (slot !== undefined) return enter(exchange, candidate, slot)
  }
  return wait(exchange, open, context)
}

function gateOf({ runtime }: Exchange, candidate: Candidate): Gate | undefined {
  return runtime.fleet.backend(candidate.backend)?.gate
}

function enter(exchange: Exchange, candidate: Candidate, slot: Slot | undefined): Candidate {
  exchange.slot = slot
  if (slot !== undefined) {
    slot.model = candidate.model
    slot.promptBytes = exchange.facts?.promptBytes ?? 0
  }
  return candidate
}

async function wait(
  exchange: Exchange,
  open: readonly Candidate[],
  context: GatewayContext,
): Promise<Candidate> {
  const { principal, course } = exchange
  const startedMs = context.clock.now()
  const gates = open.flatMap((candidate) => gateOf(exchange, candidate) ?? [])
  const home = gates.find((gate) => gate.hasRoomToWait)
  if (home === undefined) throw full(gates)
  const dueMs = dueOf(exchange, { candidate: open[gates.indexOf(home)], home, startedMs })
  // What it waited for another backend or model counts: patience is spent once.
  if (dueMs <= startedMs)
    throw new WeirError('queue_timeout', { retryAfterSeconds: retryAfterSeconds(waitOf(gates)) })
  let latest = open
  const doors = (): readonly Door[] => {
    const now = course?.refresh() ?? latest
    if (now.length > 0) latest = now
    return latest.map((candidate) => ({ candidate, gate: gateOf(exchange, candidate) }))
  }
  const rank = RANKS[principal?.priority ?? 'normal']
  const { clock, deadlines } = context
  const ticket = new Ticket({ principal, rank, home, startedMs, dueMs, clock, deadlines, doors })
  exchange.queued ??= toPlace(ticket.entered, home, gates)
  exchange.ticket = ticket
  exchange.setWork(ticket)
  try {
    const { candidate, slot } = await ticket.admission
    return enter(exchange, candidate, slot)
  } finally {
    exchange.ticket = undefined
    exchange.setWork(undefined)
    exchange.phaseMs.queue += ticket.waitedMs
  }
}

function toPlace(position: number, home: Gate, gates: readonly Gate[]): Place {
  const seconds = waitSeconds(position, gates)
  const estimatedMs = seconds === undefined ? undefined : seconds * MS_PER_SECOND
  return { backend: home.name, position, estimatedMs }
}

/** The first of three ends: what the backend's queue allows, the request's whole time, what the caller said it would wait. */
function dueOf(
  exchange: Exchange,
  { candidate, home, startedMs }: { candidate: Candidate | undefined; home: Gate; startedMs: number },
): number {
  const backend = exchange.runtime.fleet.backend(candidate?.backend ?? '')
  const totalMs = backend?.settings.timeouts.total ?? Infinity
  const patienceMs = statedPatienceMs(exchange.request.headers) ?? Infinity
  const endMs = exchange.startedMs + Math.min(totalMs, patienceMs)
  return Math.min(endMs, startedMs + home.settings.timeout - exchange.phaseMs.queue)
}

function full(gates: readonly Gate[]): WeirError {
  return new WeirError('queue_full', { retryAfterSeconds: retryAfterSeconds(waitOf(gates)) })
}

/** For somebody who came now and stood at the end of the shortest of these queues. */
function waitOf(gates: readonly Gate[]): number | undefined {
  return waitSeconds(Math.min(...gates.map(({ queued }) => queued)) + 1, gates)
}
