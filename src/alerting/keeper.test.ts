import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { NOON_MS } from './fixtures/alerts.ts'
import { createMemoryDocuments, flush, type MemoryDocuments } from './fixtures/world.ts'
import { createKeeper } from './keeper.ts'
import { createMemory } from './memory.ts'
import { MEMORY_DOCUMENT, printMemory } from './memory-text.ts'

const toText = (evaluatedAtMs: number): string =>
  printMemory(
    {
      ...createMemory(),
      alerts: new Map([
        [
          `of ${evaluatedAtMs}`,
          {
            alert: {
              name: 'GatewayDown',
              labels: {},
              severity: 'page',
              startedAtMs: evaluatedAtMs,
              facts: { kind: 'gateway-down' },
            },
            ...{ lastSeenMs: evaluatedAtMs, endedAtMs: undefined, mutedBy: undefined },
          },
        ],
      ]),
    },
    evaluatedAtMs,
  )

/** Answers reads when it is told to, with what was there when it was asked. */
function createSlowDocuments(): MemoryDocuments & { answer(): void } {
  const documents = createMemoryDocuments()
  const waiting: (() => void)[] = []
  return Object.assign(documents, {
    read: async (name: string) => {
      const text = documents.texts.get(name)
      await new Promise<void>((resolve) => void waiting.push(resolve))
      return text
    },
    answer: () => {
      for (const resolve of waiting.splice(0)) resolve()
    },
  })
}

test('what a slow store says after the memory was let go is not taken for what another gateway has written since', async () => {
  const clock = createManualClock(NOON_MS)
  const documents = createSlowDocuments()
  const keeper = createKeeper({ documents, clock, report: () => undefined })
  documents.texts.set(MEMORY_DOCUMENT, toText(1))
  const late = keeper.refresh(1)
  clock.advance(2_000)
  await late
  keeper.letGo()
  documents.answer()
  await flush()
  assert.deepEqual([...keeper.memory.alerts.keys()], [])
  documents.texts.set(MEMORY_DOCUMENT, toText(2))
  const again = keeper.refresh(1)
  await flush()
  documents.answer()
  await again
  assert.deepEqual([...keeper.memory.alerts.keys()], ['of 2'])
})
