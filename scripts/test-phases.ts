// Runs test files in phases, one after the other, with Node's own runner and its own report: one summary of all of them.
import { run } from 'node:test'
import { spec, type TestEvent } from 'node:test/reporters'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export interface Phase {
  readonly files: readonly string[]
  /** So many processes at once. */
  readonly concurrency: number
}

export interface PhasesOptions {
  readonly cwd: string
  /** For one file. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly out: Writable
}

/** Whether all went well. */
export async function runPhases(phases: readonly Phase[], options: PhasesOptions): Promise<boolean> {
  const summary = createSummary()
  const events = Readable.from(eventsOf(phases, options, summary))
  await pipeline(events, new spec(), options.out, { end: false })
  return summary.success
}

async function* eventsOf(
  phases: readonly Phase[],
  { cwd, timeoutMs: timeout, signal }: PhasesOptions,
  summary: Summary,
): AsyncGenerator<TestEvent> {
  for (const { files, concurrency } of phases) {
    if (files.length === 0 || signal.aborted) continue
    const events = run({ files, concurrency, cwd, timeout, signal }) as AsyncIterable<TestEvent>
    for await (const event of events) if (!summary.takes(event)) yield event
  }
  yield* summary.print()
}

const COUNTS = ['tests', 'suites', 'passed', 'failed', 'cancelled', 'skipped', 'todo'] as const
/** As the runner's own reports have it. */
const WORDS: Readonly<Partial<Record<string, string>>> = { passed: 'pass', failed: 'fail' }

interface Summary {
  readonly success: boolean
  /** Whether the event belongs to the end of a phase, which is said once for all. */
  takes(event: TestEvent): boolean
  print(): Iterable<TestEvent>
}

function createSummary(): Summary {
  const counts = new Map<string, number>(COUNTS.map((name) => [name, 0]))
  let [durationMs, phases, isGood] = [0, 0, true]
  return {
    get success() {
      return isGood && phases > 0
    },
    takes(event) {
      if (event.type === 'test:diagnostic') return event.data.nesting === 0 && event.data.file === undefined
      if (event.type !== 'test:summary' || event.data.file !== undefined) return false
      const { data } = event
      const counted: Readonly<Partial<Record<string, number>>> = { ...data.counts }
      for (const name of COUNTS) counts.set(name, (counts.get(name) ?? 0) + (counted[name] ?? 0))
      durationMs += data.duration_ms
      isGood &&= data.success
      phases += 1
      return true
    },
    *print() {
      for (const [name, count] of [...counts, ['duration_ms', durationMs] as const])
        yield {
          type: 'test:diagnostic',
          data: { nesting: 0, message: `${WORDS[name] ?? name} ${count}`, level: 'info' },
        }
    },
  }
}
