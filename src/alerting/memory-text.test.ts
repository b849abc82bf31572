import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBurn, toDown, toGatewayDown } from './fixtures/alerts.ts'
import { fingerprintOf } from './identity.ts'
import { createMemory, type GroupMemory, type Memory } from './memory.ts'
import { mergeMemory, parseMemory, printMemory } from './memory-text.ts'

const NOW_MS = 1_000

function toGroup(change: Partial<GroupMemory> = {}): GroupMemory {
  return {
    ...{ key: 'k', receiver: 'oncall', id: 'g', severity: 'page', name: 'A', labels: { slo: 'x' } },
    ...{ members: ['f'], audibleSinceMs: 1, quietSinceMs: undefined, owed: undefined },
    told: { atMs: 5, firstAtMs: 4, firing: ['f'], via: 'oncall' },
    ...{ resolvedAtMs: undefined, relapses: 2 },
    ...change,
  }
}

function toMemory(): Memory {
  const memory = createMemory()
  for (const alert of [toBurn(), toDown('a'), toGatewayDown()]) {
    memory.alerts.set(fingerprintOf(alert), {
      ...{ alert, lastSeenMs: NOW_MS, endedAtMs: undefined },
      mutedBy: { by: 'silence', id: 's', author: 'ann', untilMs: 9 },
    })
  }
  const owed = { kind: 'firing', sinceMs: 1, attempts: 2, reason: 'status 503', notBeforeMs: 3 } as const
  memory.groups.set('k', toGroup())
  memory.groups.set('l', toGroup({ key: 'l', told: undefined, owed }))
  memory.evaluatedAtMs = 7
  return memory
}

test('what is written is read again, whole', () => {
  const read = parseMemory(printMemory(toMemory(), NOW_MS))
  assert.equal(read?.writtenAtMs, NOW_MS)
  // JSON has no undefined, and the order of keys means nothing.
  const [again, first] = [read.memory, toMemory()].map((memory): unknown =>
    JSON.parse(printMemory(memory, NOW_MS)),
  )
  assert.deepEqual(again, first)
})

test('what is not whole is refused as a whole', () => {
  const text = printMemory(toMemory(), NOW_MS)
  const broken = [
    text.slice(0, -1),
    text.replace('"version":1', '"version":2'),
    text.replace('"kind":"burn"', '"kind":"burnt"'),
    text.replace('"burnRate":16.2', '"burnRate":null'),
    text.replace('"members":["f"]', '"members":"f"'),
    '[]',
    'null',
  ]
  for (const each of broken) {
    assert.notEqual(each, text)
    assert.equal(parseMemory(each), undefined, each.slice(0, 60))
  }
})

test('what was told before is told no more, unless it has ended since then', () => {
  const before = toMemory()
  const now = createMemory()
  const owed = { kind: 'firing', sinceMs: 9, attempts: 0, reason: undefined, notBeforeMs: 9 } as const
  now.groups.set('k', toGroup({ told: undefined, owed, members: ['g'], relapses: 0 }))
  now.groups.set('l', toGroup({ key: 'l', told: undefined, resolvedAtMs: 10 }))
  before.groups.set('l', toGroup({ key: 'l' }))
  mergeMemory(now, before)
  const [known, ended] = [now.groups.get('k'), now.groups.get('l')]
  assert.deepEqual([known?.told?.atMs, known?.owed, known?.members], [5, undefined, ['g', 'f']])
  assert.deepEqual([ended?.told, ended?.resolvedAtMs], [undefined, 10])
})
