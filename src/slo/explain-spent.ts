// Where the time of a record really went: its phases, with the time of attempts that brought nothing put where it was waited.
// Fills what its caller keeps and reuses; nothing is made per record.
import type { RecordOutline } from '../core/outline.ts'
import type { Attempt, PhaseName } from '../core/record.ts'

export type Spent = Record<PhaseName, number>

export function createSpent(): Spent {
  const before = { receive: 0, authenticate: 0, limit: 0, guard: 0, queue: 0, retry: 0 }
  return { ...before, connect: 0, load: 0, prefill: 0, decode: 0, 'client-stall': 0, gateway: 0 }
}

/** Whatever is no amount of time or tokens is none: a record may come from a store that others write to. */
export function toAmount(value: number | undefined): number {
  return value !== undefined && value > 0 && value < Infinity ? value : 0
}

export function readSpent({ phases, attempts, cold }: RecordOutline, spent: Spent): void {
  spent.receive = toAmount(phases.receive)
  spent.authenticate = toAmount(phases.authenticate)
  spent.limit = toAmount(phases.limit)
  spent.guard = toAmount(phases.guard)
  spent.queue = toAmount(phases.queue)
  spent.retry = toAmount(phases.retry)
  spent.connect = toAmount(phases.connect)
  spent.load = toAmount(phases.load)
  spent.prefill = toAmount(phases.prefill)
  spent.decode = toAmount(phases.decode)
  spent['client-stall'] = toAmount(phases['client-stall'])
  spent.gateway = toAmount(phases.gateway)
  if (isUnanswered(spent, attempts)) for (const attempt of attempts) moveAttempt(attempt, cold, spent)
}

/** No attempt gave the answer: all of them are in `retry`, which then says nothing about what was waited for. */
function isUnanswered(spent: Spent, attempts: readonly Attempt[]): boolean {
  const last = attempts.at(-1)
  if (last === undefined || last.result === 'success' || !(spent.retry > 0)) return false
  return spent.connect + spent.prefill + spent.decode === 0
}

function moveAttempt(attempt: Attempt, isCold: boolean, spent: Spent): void {
  const { startedMs, connectedMs, firstTokenMs, endedMs, code } = attempt
  move(spent, 'connect', (connectedMs ?? endedMs) - startedMs)
  // An error that the backend tells is a failed attempt, however long it thought; silence is a wait for something.
  if (connectedMs === undefined || !endsWait(code)) return
  move(spent, isCold ? 'load' : 'prefill', (firstTokenMs ?? endedMs) - connectedMs)
  if (firstTokenMs !== undefined) move(spent, 'decode', endedMs - firstTokenMs)
}

function move(spent: Spent, to: PhaseName, givenMs: number): void {
  const ms = Math.min(toAmount(givenMs), spent.retry)
  spent.retry -= ms
  spent[to] += ms
}

/** Whether it ended because somebody would not wait any longer. */
export function endsWait(code: RecordOutline['code']): boolean {
  switch (code) {
    case 'first_token_timeout':
    case 'idle_timeout':
    case 'deadline_exceeded':
    case 'queue_timeout':
    case 'client_closed':
    case 'draining':
      return true
    default:
      return false
  }
}

/** The attempt before the answer, or instead of it, that cost the most. */
export function worstAttempt(attempts: readonly Attempt[]): Attempt | undefined {
  let worst: Attempt | undefined
  for (const each of attempts) {
    if (each.result === 'success') continue
    if (worst === undefined || each.endedMs - each.startedMs > worst.endedMs - worst.startedMs) worst = each
  }
  return worst
}
