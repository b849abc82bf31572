import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import { createProgressLine } from './sla-progress.ts'

function open(isTTY: boolean) {
  const clock = createManualClock()
  let text = ''
  const line = createProgressLine({ isTTY, write: (more: string) => (text += more) }, clock)
  return { clock, line, seen: () => text }
}

test('what is done within a second is not told of', () => {
  const { clock, line, seen } = open(true)
  clock.advance(999)
  line.note({ step: 'records', ratio: 0.9, records: 100 })
  line.clear()
  assert.equal(seen(), '')
})

test('a terminal has one line that is written over and leaves nothing behind', () => {
  const { clock, line, seen } = open(true)
  clock.advance(1_000)
  line.note({ step: 'counts', ratio: 0.5, records: 0 })
  line.note({ step: 'counts', ratio: 0.6, records: 0 })
  clock.advance(200)
  line.note({ step: 'records', ratio: 0.257, records: 31_000 })
  line.clear()
  assert.equal(
    seen(),
    '\r\u001b[Kweir: reading counts, 50 %\r\u001b[Kweir: reading records, 25 %, 31k\r\u001b[K',
  )
})

test('elsewhere it is a line now and then', () => {
  const { clock, line, seen } = open(false)
  for (let second = 0; second < 25; second += 1) {
    clock.advance(1_000)
    line.note({ step: 'records', ratio: second / 25, records: second })
  }
  line.clear()
  assert.equal(seen().split('\n').length - 1, 3)
  assert.ok(!seen().includes('\r'))
})
