import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../core/clock.ts'
import { createCountingIds } from '../../../core/ids.ts'
import { Secret } from '../../../core/secret.ts'
import type { Message } from '../../notifier.ts'
import { receiverSchema } from '../config.ts'
import { createNotifier } from '../registry.ts'
import { lookupAllowed } from './agent.ts'

const MESSAGE: Message = {
  ...{
    id: 'i',
    key: 'k',
    kind: 'test',
    severity: 'ticket',
    language: 'en',
    title: 'TEST',
    text: 'x',
    markdown: 'x',
  },
  ...{ paragraphs: ['x'], facts: [], links: [], silenceCommand: undefined, alerts: [], createdAtMs: 0 },
}

const FORBIDDEN = [
  '169.254.169.254',
  // The same address, as URLs may write it.
  '2852039166',
  '0xa9fea9fe',
  '[fe80::1]',
  '[::ffff:169.254.169.254]',
  '100.100.100.200',
  '224.0.0.1',
]

for (const host of FORBIDDEN) {
  test(`no receiver of ours is at ${host}, and nobody asks again`, async () => {
    const mailHost = host === '2852039166' || host === '0xa9fea9fe' ? '169.254.169.254' : host
    const url = `http://${host}/latest/meta-data?token=0123456789abcdef`
    const smtp = `smtp://${mailHost}:25`
    const webhook = (address: string) => receiverSchema.parse({ name: 'x', kind: 'webhook', url: address })
    const email = (address: string) =>
      receiverSchema.parse({ name: 'x', kind: 'email', smtp: address, to: ['a@example.com'] })
    assert.throws(() => webhook(url), /never called/)
    assert.throws(() => email(smtp), /never called/)
    // As if a name had stood there, that resolves to it.
    for (const settings of [
      { ...webhook('http://127.0.0.1/'), url: new Secret(url) },
      { ...email('smtp://127.0.0.1:25'), smtp: new Secret(smtp) },
    ]) {
      const notifier = createNotifier(settings, {
        clock: systemClock,
        ids: createCountingIds(),
      })
      const delivery = await notifier.deliver(MESSAGE, new AbortController().signal)
      assert.equal(delivery.result, 'failed', JSON.stringify(delivery))
      assert.match(
        JSON.stringify(delivery),
        /must not be called: its address is (link-local|the metadata|a multicast)/,
      )
      assert.doesNotMatch(JSON.stringify(delivery), /0123456789abcdef/)
      await notifier.close()
    }
  })
}

test('names that resolve to sound addresses are let through, one or all', async () => {
  const look = (all: boolean): Promise<unknown> =>
    new Promise((resolve, reject) =>
      lookupAllowed('localhost', { all }, (error, address) =>
        error === null ? resolve(address) : reject(error),
      ),
    )
  assert.match(String(await look(false)), /^(127\.0\.0\.1|::1)$/)
  assert.ok(Array.isArray(await look(true)))
})
