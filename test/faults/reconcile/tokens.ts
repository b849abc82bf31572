// Whether the records state the tokens that the backends counted themselves: also where a fault has them count wrongly or not at all.
import type { RequestRecord } from '../../../src/core/record.ts'
import type { LedgerEntry } from '../../../src/simulator/index.ts'
import { BACKENDS } from './fleet.ts'
import type { Books } from './run.ts'

export function checkTokens({ told, entries }: Books): { problems: string[]; compared: number } {
  const byKey = new Map<string, LedgerEntry>()
  for (const backend of BACKENDS)
    for (const entry of entries[backend]) byKey.set(`${backend} ${entry.id}`, entry)
  const problems: string[] = []
  let compared = 0
  for (const { record, step } of told) {
    const { outcome, usage, attempts, id } = record
    // What a backend had not finished to count when it was killed died with it.
    const entry = byKey.get(`${attempts.at(-1)?.backend} ${id}`)
    if (outcome !== 'ok' || entry?.ended === undefined) continue
    compared += 1
    if (isSame(record, entry)) continue
    problems.push(
      `${id} (${step.caller.name}; ${entry.fault}): ${JSON.stringify(usage)}, not ${entry.promptTokens} and ${entry.tokensWritten}`,
    )
  }
  return { problems, compared }
}

function isSame(
  { usage, estimated }: RequestRecord,
  { fault, promptTokens, tokensWritten }: LedgerEntry,
): boolean {
  const factor = factorOf(fault)
  if (factor === undefined) {
    return estimated.usage && usage.promptTokens === undefined && usage.outputTokens === undefined
  }
  return usage.promptTokens === factor * promptTokens && usage.outputTokens === factor * tokensWritten
}

/** How many times the truth is stated; undefined where nothing is, or nothing that can be read. */
function factorOf(fault = ''): number | undefined {
  if (/no-usage|gzip-anyway/.test(fault)) return undefined
  return Number(/lying-usage=(\d+)/.exec(fault)?.[1] ?? 1)
}
