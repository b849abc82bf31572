// The long run of random faults, with its five ledgers printed at the end: `npm run test:faults -- --seed 7 --requests 20000`.
// Without a seed each run takes another one and prints it, so that it can be had again.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { parseArgs } from 'node:util'

const ROOT = path.dirname(import.meta.dirname)
const TEST_FILE = 'test/faults/reconcile.test.ts'
const REQUESTS = 10_000
const MOST_SEED = 2 ** 31
const USAGE = 'usage: npm run test:faults -- [--seed N] [--requests N]\n'

export interface FaultRun {
  readonly seed: number
  readonly requests: number
}

/** Undefined when it is not understood. Flags go before variables; `drawnSeed` is for who names none. */
export function parseFaultRun(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  drawnSeed: number,
): FaultRun | undefined {
  try {
    const options = { seed: { type: 'string' }, requests: { type: 'string' } } as const
    const { values } = parseArgs({ args: [...args], options })
    const seed = Number(values.seed ?? env['WEIR_FAULT_SEED'] ?? drawnSeed)
    const requests = Number(values.requests ?? env['WEIR_FAULT_RUNS'] ?? REQUESTS)
    return Number.isSafeInteger(seed) && Number.isSafeInteger(requests) && requests > 0
      ? { seed, requests }
      : undefined
  } catch {
    return undefined
  }
}

async function main(args: readonly string[]): Promise<number> {
  const run = parseFaultRun(args, process.env, Date.now() % MOST_SEED)
  if (run === undefined) {
    process.stderr.write(USAGE)
    return 2
  }
  process.stderr.write(`${run.requests} requests, seed ${run.seed}\n`)
  const env = {
    ...process.env,
    WEIR_FAULT_SEED: String(run.seed),
    WEIR_FAULT_RUNS: String(run.requests),
    WEIR_FAULT_SHOW: '1',
  }
  // Not under the runner of many files: it would keep progress and table back until the end.
  const child = spawn(process.execPath, [TEST_FILE], { cwd: ROOT, env, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
