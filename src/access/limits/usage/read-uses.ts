// Reads how much of limits is used from where it is counted, for somebody beside the gateways: changes nothing, makes nothing.
// What a gateway counts in its own memory is not to be known here, and said to be so.
import { createCalendar } from '../../../core/calendar.ts'
import { sleep, type Clock } from '../../../core/clock.ts'
import type { BudgetRow } from '../budgets/budget-store.ts'
import { budgetFile, readSqliteBudgets } from '../budgets/sqlite-budget-store.ts'
import { Counter, endOf, remainingOf } from '../ledger/counter.ts'
import type { Rule } from '../rule.ts'
import type { StateSettings } from '../state/config.ts'
import type { KnownUse, RuleUse, UnknownUse } from './use.ts'

export interface UsesQuestion {
  readonly rules: readonly Rule[]
  readonly state: StateSettings | undefined
  readonly timezone: string
  readonly dataDir: string
  /** Whether any model has a price: without one no budget is ever spent. */
  readonly hasPrices: boolean
  readonly clock: Clock
}

export interface UsesRead {
  /** By the id of the rule. */
  readonly uses: ReadonlyMap<string, RuleUse>
  /** What could not be asked, and why, for people; undefined where everything that is kept was read. */
  readonly problem: string | undefined
}

export async function readUses(question: UsesQuestion): Promise<UsesRead> {
  const { rules, hasPrices, state } = question
  const uses = new Map<string, RuleUse>()
  const asked: Rule[] = []
  for (const rule of rules) {
    if (rule.kind === 'budget' && !hasPrices) uses.set(rule.id, { unknown: 'unpriced' })
    else asked.push(rule)
  }
  const problem =
    state === undefined
      ? readKept(question, asked, uses)
      : await readShared({ ...question, state }, asked, uses)
  return { uses, problem }
}

type Uses = Map<string, RuleUse>

function setUnknown(uses: Uses, rules: readonly Rule[], unknown: UnknownUse): void {
  for (const { id } of rules) uses.set(id, { unknown })
}

/** Without a shared state: budgets from the file that the gateway writes each second; the rest is in its memory. */
function readKept(question: UsesQuestion, rules: readonly Rule[], uses: Uses): string | undefined {
  const budgets = rules.filter(({ kind }) => kind === 'budget')
  const others = rules.filter(({ kind }) => kind !== 'budget')
  setUnknown(uses, others, 'in_memory')
  if (budgets.length === 0) return undefined
  const wallMs = question.clock.wall()
  const file = budgetFile(question.dataDir)
  let rows: readonly BudgetRow[] | undefined
  try {
    rows = readSqliteBudgets(file, wallMs)
  } catch (thrown) {
    setUnknown(uses, budgets, 'unreadable')
    return `the spent budgets in ${file} cannot be read: ${toReason(thrown)}`
  }
  if (rows === undefined) {
    setUnknown(uses, budgets, 'none_kept')
    return undefined
  }
  const toUse = createBudgetReader(rows, { timezone: question.timezone, wallMs })
  for (const rule of budgets) uses.set(rule.id, toUse(rule))
  return undefined
}

/** The same sums as those of a ledger that was started with these rows. */
export function createBudgetReader(
  rows: readonly BudgetRow[],
  { timezone, wallMs }: { readonly timezone: string; readonly wallMs: number },
): (rule: Rule) => KnownUse {
  const calendar = createCalendar(timezone)
  const latest = new Map<string, BudgetRow>()
  for (const row of rows) {
    const before = latest.get(row.id)
    if (before === undefined || row.startMs > before.startMs) latest.set(row.id, row)
  }
  return (rule) => {
    const row = latest.get(rule.id)
    const counter = new Counter(rule.id, row?.startMs ?? 0)
    counter.used = row?.micros ?? 0
    const period = calendar.at(rule.period, wallMs)
    const startMs = counter.startAt(period, wallMs)
    const used = counter.spentSince(startMs)
    const resetMs = Math.max(1, Math.ceil(endOf(period, startMs) - wallMs))
    return { used, left: remainingOf(rule.capacity, used), resetMs }
  }
}

/** A person waits for it, and no request does. */
const CONNECT_PATIENCE_MS = 3_000
const ANSWER_PATIENCE_MS = 5_000
/** The server does nothing else while it runs a script: a few hundred limits are well below a millisecond. */
const RULES_AT_ONCE = 250

async function readShared(
  { state, timezone, clock }: UsesQuestion & { readonly state: StateSettings },
  rules: readonly Rule[],
  uses: Uses,
): Promise<string | undefined> {
  if (rules.length === 0) return undefined
  // Loaded here: most commands ask no server anything.
  const { createConnection } = await import('../redis/connection.ts')
  const { RedisLedger } = await import('../redis/redis-ledger.ts')
  let giveUp = (_: unknown): void => undefined
  const failed = new Promise<never>((_, reject) => (giveUp = reject))
  const connection = createConnection(
    { ...state, timeout: ANSWER_PATIENCE_MS },
    { clock, onError: (error) => giveUp(error) },
  )
  const ledger = new RedisLedger({
    runner: connection,
    clock,
    calendar: createCalendar(timezone),
    prefix: state.prefix,
  })
  try {
    void sleep(clock, CONNECT_PATIENCE_MS).then(() => giveUp('it does not answer'))
    await Promise.race([connection.ready, failed])
    for (let at = 0; at < rules.length; at += RULES_AT_ONCE) {
      const some = rules.slice(at, at + RULES_AT_ONCE)
      const known = await ledger.look(some)
      for (const [index, use] of known.entries()) uses.set(some[index]?.id ?? '', use)
    }
    return undefined
  } catch (thrown) {
    setUnknown(
      uses,
      rules.filter(({ id }) => !uses.has(id)),
      'unreachable',
    )
    return `the state that gateways share (${state.url.shown}) cannot be asked what is used: ${toReason(thrown)}`
  } finally {
    ledger.close()
  }
}

/** Some errors of the network say nothing but their code, and some nothing but those they consist of. */
function toReason(thrown: unknown): string {
  if (thrown instanceof AggregateError) return thrown.errors.map(toReason).join('; ')
  if (!(thrown instanceof Error)) return String(thrown)
  const { code } = thrown as { code?: unknown }
  return thrown.message === '' && typeof code === 'string' ? code : thrown.message
}
