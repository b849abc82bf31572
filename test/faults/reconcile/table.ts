// The five ledgers of a run side by side, for people.
import type { Outcome } from '../../../src/core/record.ts'
import { sumOf } from '../../support/metrics.ts'
import { toCharged } from './charges.ts'
import { checkMemory } from './memory.ts'
import { BACKENDS } from './fleet.ts'
import type { Books } from './run.ts'

const OUTCOMES: readonly Outcome[] = [
  'ok',
  'caller_error',
  'rejected',
  'backend_error',
  'gateway_error',
  'abandoned',
]

const sumUp = (counts: Iterable<number>): number => [...counts].reduce((sum, count) => sum + count, 0)

type Row = readonly (string | number)[]

export function printTable(books: Books, seed: number): string {
  const { told, schedule, tookMs } = books
  const kinds = new Map<string, number>()
  for (const { kind } of schedule.disturbances) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  const around = [...kinds].map(([kind, count]) => `${count} x ${kind}`).join(', ')
  return [
    `${told.length} requests, seed ${seed}, ${(tookMs / 1_000).toFixed(0)} s; ${around}`,
    layOut(toOutcomeRows(books)),
    layOut(toBackendRows(books)),
    layOut(toBalanceRows(books)),
    checkMemory(books.memory, told.length).said,
    '',
  ].join('\n\n')
}

function toOutcomeRows({ told, gateway, page }: Books): Row[] {
  const count = (outcome: Outcome): number => told.filter(({ record }) => record.outcome === outcome).length
  const saw = (kind: string): number => told.filter(({ verdict }) => verdict.kind === kind).length
  return [
    ['ledger', 'requests', ...OUTCOMES],
    [
      'callers',
      told.length,
      `${saw('complete')} complete`,
      `${saw('error')} told of an error`,
      `${saw('reset')} reset`,
      `${saw('left')} left`,
      `${saw('silent truncation')} cut silently`,
    ],
    ['records', gateway.recordCount, ...OUTCOMES.map(count)],
    [
      'counters',
      sumOf(page, 'weir_requests_total'),
      ...OUTCOMES.map((outcome) => sumOf(page, 'weir_requests_total', { outcome })),
    ],
    ['log lines', sumUp(gateway.requestLines.values())],
  ]
}

function toBackendRows({ told, entries, heard }: Books): Row[] {
  const attempts = told.flatMap(({ record }) => record.attempts)
  return [
    ['backend', 'attempts', 'sent', 'heard', 'served'],
    ...BACKENDS.map((backend): Row => {
      const own = attempts.filter((attempt) => attempt.backend === backend)
      return [
        backend,
        own.length,
        own.filter(({ connectedMs }) => connectedMs !== undefined).length,
        sumUp(heard[backend].values()),
        entries[backend].length,
      ]
    }),
  ]
}

function toBalanceRows({ told, balances }: Books): Row[] {
  return [
    ['balance', 'charged on record', 'in the ledger'],
    ...balances.map(({ rule, used, counts }): Row => {
      const granted = told.filter(
        ({ wasGranted, step, record }) => wasGranted && counts({ key: step.key, model: record.modelAsked }),
      )
      const tokens = granted.reduce((sum, { record }) => {
        const { input, output } = toCharged(record)
        return sum + input + output
      }, 0)
      const micros = granted.reduce((sum, { record }) => sum + (record.cost?.micros ?? 0), 0)
      const charged = { requests: granted.length, tokens, budget: micros, concurrent: 0 }[rule.kind]
      return [rule.id, charged, used]
    }),
  ]
}

function layOut(rows: readonly Row[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, String(cell).length)
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) =>
          at === 0 ? String(cell).padEnd(widths[at] ?? 0) : String(cell).padStart(widths[at] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
