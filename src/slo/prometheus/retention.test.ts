import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page, PrometheusClient } from './client.ts'
import { askRetention } from './retention.ts'

const DAY_MS = 86_400_000

function toClient(pages: Readonly<Record<string, unknown>>): PrometheusClient {
  return {
    shownUrl: 'http://prometheus',
    query: async () => ({ ok: true, samples: [] }),
    async page(path): Promise<Page> {
      if (!(path in pages)) return { ok: true, status: 404, text: 'not found' }
      const page = pages[path]
      if (page === 'gone') return { ok: false, reason: 'gone' }
      return { ok: true, status: 200, text: JSON.stringify({ status: 'success', data: page }) }
    },
  }
}

const flags = (time: string, size: string): unknown => ({
  'storage.tsdb.retention.time': time,
  'storage.tsdb.retention.size': size,
})

test('what holds now goes before what was set at the start', async () => {
  const client = toClient({
    'status/runtimeinfo': { storageRetention: '40d' },
    'status/flags': flags('15d', '0B'),
  })
  assert.equal(await askRetention(client), 40 * DAY_MS)
})

test('flags are read where there is nothing else, and without any it is fifteen days', async () => {
  const of = (time: string, size: string): Promise<number | undefined> =>
    askRetention(toClient({ 'status/flags': flags(time, size) }))
  assert.equal(await of('30d', '0B'), 30 * DAY_MS)
  assert.equal(await of('0s', '0B'), 15 * DAY_MS)
  assert.equal(await of('0s', '10GB'), undefined)
})

test('who does not say keeps longer than we know, and is believed', async () => {
  assert.equal(await askRetention(toClient({})), undefined)
  assert.equal(
    await askRetention(toClient({ 'status/runtimeinfo': 'gone', 'status/flags': 'gone' })),
    undefined,
  )
  assert.equal(await askRetention(toClient({ 'status/runtimeinfo': [], 'status/flags': [1] })), undefined)
})
