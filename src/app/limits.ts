// Where limits are counted: in this process or in a server that gateways share, and what the log says of it.
import { BudgetJournal } from '../access/limits/budgets/budget-journal.ts'
import { budgetFile, openSqliteBudgetStore } from '../access/limits/budgets/sqlite-budget-store.ts'
import { createCalendar, type Calendar } from '../core/calendar.ts'
import { MemoryLedger } from '../access/limits/ledger/memory-ledger.ts'
import { LimitState } from '../access/limits/limit-state.ts'
import { createConnection } from '../access/limits/redis/connection.ts'
import { RedisLedger } from '../access/limits/redis/redis-ledger.ts'
import { SharedLedger } from '../access/limits/shared-ledger.ts'
import type { StateSettings } from '../access/limits/state/config.ts'
import type { Config } from '../config/resolve.ts'
import { sleep, type Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'
import { printDuration } from '../core/units.ts'
import type { Logger } from '../telemetry/log.ts'

export interface LimitsInput {
  readonly config: Config
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
}

export interface LimitsOfApp {
  readonly state: LimitState
  /** Tells which configuration is in force: one that counts money wants it kept. */
  note(config: Config): void
  close(): Promise<void>
}

export async function openLimits(input: LimitsInput): Promise<LimitsOfApp> {
  const { config, clock } = input
  const calendar = createCalendar(config.limits.timezone)
  // Nobody in this process can die alone, so no slot has to be taken from anybody.
  const local = new MemoryLedger({ clock, calendar, leaseMs: Infinity })
  const { state } = config.limits
  if (state !== undefined) return openShared(input, { state, calendar, local })
  const journal = createJournal(input, local)
  const limitState = new LimitState({ ...input, ledger: local, isShared: false })
  return {
    state: limitState,
    note: ({ gateway }) => {
      if (gateway.models.some(({ price }) => price !== undefined)) journal.start()
    },
    close: () => {
      journal.close()
      limitState.close()
      return Promise.resolve()
    },
  }
}

function createJournal({ config, clock, logger }: LimitsInput, ledger: MemoryLedger): BudgetJournal {
  const file = budgetFile(config.dataDir)
  return new BudgetJournal({
    ledger,
    clock,
    open: (patience) => openSqliteBudgetStore(file, patience),
    onState(works, error) {
      if (works) logger.info('spent budgets are kept over a restart again', { file })
      else logger.error('spent budgets are not kept over a restart', { file, error })
    },
  })
}

interface SharedParts {
  readonly state: StateSettings
  readonly calendar: Calendar
  readonly local: MemoryLedger
}

/** A start does not wait longer for it: it may well be the last to come up. */
const START_PATIENCE_MS = 1_000
/** How long a stop may take to tell what was not told yet. */
const FLUSH_PATIENCE_MS = 1_000

async function openShared(
  { clock, ids, logger }: LimitsInput,
  { state, calendar, local }: SharedParts,
): Promise<LimitsOfApp> {
  let lastError: unknown
  const onError = (error: unknown): void => {
    lastError = error
  }
  const onLost = (count: number): void =>
    logger.error('what was used could not be told to the shared state', { count })
  const connection = createConnection(state, { clock, onError })
  const { prefix, replicas, failures, probe } = state
  const address = state.url.shown
  const ledger = new SharedLedger({
    remote: new RedisLedger({ runner: connection, clock, calendar, prefix }),
    ...{ local, clock, replicas, failures, probeMs: probe },
    onChange(change, cause) {
      if (change === 'closed') logger.info('limits are counted together again', { address })
      else
        logger.warn('the shared state of limits does not answer: each limit goes on as onStateFailure says', {
          address,
          hint: `it is tried again every ${printDuration(probe)}`,
          error: lastError ?? cause,
        })
    },
    onLost,
  })
  const limitState = new LimitState({ clock, ids, ledger, isShared: true })
  const isReady = await Promise.race([
    connection.ready.then(() => true),
    sleep(clock, START_PATIENCE_MS).then(() => false),
  ])
  if (!isReady) ledger.giveUp(lastError ?? 'no connection')
  return {
    state: limitState,
    note: () => undefined,
    close: async () => {
      await Promise.race([ledger.flush(), sleep(clock, FLUSH_PATIENCE_MS)])
      if (ledger.waiting > 0) onLost(ledger.waiting)
      limitState.close()
    },
  }
}
