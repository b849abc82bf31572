import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestRecord } from '../core/record.ts'
import type { RecordSink } from '../core/sink.ts'
import { createSinks } from './sinks.ts'

const RECORD = { id: 'req_1' } as RequestRecord

function toSink(name: string, seen: string[], breaks = false): RecordSink {
  const step = (what: string): void => {
    seen.push(`${name} ${what}`)
    if (breaks) throw new Error(`${name} is broken`)
  }
  return { name, accept: ({ id }) => step(id), flush: async () => step('flush') }
}

for (const broken of ['metrics', 'log', 'records', 'traces', 'observer', undefined]) {
  test(`every reader gets the record when ${broken ?? 'none'} fails, and the failure is told`, async () => {
    const seen: string[] = []
    const failures: string[] = []
    const sinks = createSinks(
      {
        metrics: toSink('metrics', seen, broken === 'metrics'),
        requestLog: toSink('log', seen, broken === 'log'),
        records: toSink('records', seen, broken === 'records'),
        traces: toSink('traces', seen, broken === 'traces'),
        observer: (record) => toSink('observer', seen, broken === 'observer').accept(record),
      },
      (sink, cause) => void failures.push(`${sink}: ${(cause as Error).message}`),
    )
    sinks.accept(RECORD)
    assert.deepEqual(seen.splice(0), [
      'metrics req_1',
      'log req_1',
      'records req_1',
      'traces req_1',
      'observer req_1',
    ])
    assert.deepEqual(failures.splice(0), broken === undefined ? [] : [`${broken}: ${broken} is broken`])
    await sinks.flush()
    assert.deepEqual(seen, ['metrics flush', 'log flush', 'records flush', 'traces flush'])
    assert.equal(failures.length, broken === undefined || broken === 'observer' ? 0 : 1)
  })
}

test('readers that are switched off are not there', () => {
  const seen: string[] = []
  const sinks = createSinks(
    {
      ...{ metrics: toSink('metrics', seen), requestLog: undefined, records: undefined },
      ...{ traces: undefined, observer: undefined },
    },
    () => assert.fail(),
  )
  sinks.accept(RECORD)
  assert.deepEqual(seen, ['metrics req_1'])
})
