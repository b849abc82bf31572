// The command line of the benchmark: text in, a request for a run or a complaint out. Pure.
import { parseArgs } from 'node:util'
import { EXPERIMENT_NAMES } from './experiment.ts'
import type { ExperimentName } from './experiment.ts'

export interface BenchArguments {
  /** Measured rounds of each experiment, after one to warm up. Absent: the plan's own number. */
  readonly rounds: number | undefined
  readonly quick: boolean
  readonly only: readonly ExperimentName[]
  /** Absent: the plan's own choice. */
  readonly targets: readonly string[] | undefined
  readonly json: string | undefined
  readonly budgets: boolean
}

export type Parsed =
  | { readonly kind: 'run'; readonly run: BenchArguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string }

/** The default of five takes about four minutes; a hundred is a night's run and no accident. */
const MAX_ROUNDS = 100

export function toUsage(targets: readonly string[]): string {
  return `usage: npm run bench -- [options]
  --rounds N        measured rounds of each experiment (1-${MAX_ROUNDS}, default 5, with --quick 3)
  --quick           short rounds, fewer targets: a look, not a result
  --only LIST       some of ${EXPERIMENT_NAMES.join(',')}
  --targets LIST    some of ${targets.join(',')}; the floor is always among them
  --json FILE       also write every round's figures there
  --no-budgets      measure only; do not fail on bench/budgets.json
`
}

function parseList<Name extends string>(
  text: string | undefined,
  known: readonly Name[],
): Name[] | undefined {
  if (text === undefined) return undefined
  const names = [...new Set(text.split(',').map((name) => name.trim()))]
  return names.map((name) => {
    const found = known.find((candidate) => candidate === name)
    if (found === undefined) throw new Error(`"${name}" is none of ${known.join(', ')}`)
    return found
  })
}

function parseRounds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const rounds = Number(text)
  if (!/^\d+$/.test(text) || rounds < 1 || rounds > MAX_ROUNDS) {
    throw new Error(`--rounds takes a whole number from 1 to ${MAX_ROUNDS}, not "${text}"`)
  }
  return rounds
}

export function parseArguments(argv: readonly string[], targets: readonly string[]): Parsed {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        targets: { type: 'string' },
        json: { type: 'string' },
        'no-budgets': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    })
    if (values.help) return { kind: 'help' }
    return {
      kind: 'run',
      run: {
        rounds: parseRounds(values.rounds),
        quick: values.quick,
        only: parseList(values.only, EXPERIMENT_NAMES) ?? EXPERIMENT_NAMES,
        targets: parseList(values.targets, targets),
        json: values.json,
        budgets: !values['no-budgets'],
      },
    }
  } catch (error) {
    return { kind: 'wrong', message: error instanceof Error ? error.message : String(error) }
  }
}
