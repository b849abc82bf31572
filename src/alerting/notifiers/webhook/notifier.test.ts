import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFakeService } from '../../../../test/support/receivers/fake-service.ts'
import { createMessage } from '../../../../test/support/receivers/messages.ts'
import { createManualClock } from '../../../core/clock.ts'
import { createCountingIds } from '../../../core/ids.ts'
import { receiverSchema } from '../config.ts'
import { createNotifier } from '../registry.ts'

test('the id of a post is that of the notification, whenever and however often it is posted', async () => {
  const fine = { status: 204, body: '' }
  const service = await startFakeService({ path: '/hook', fine, refuse: () => undefined })
  const clock = createManualClock()
  const settings = receiverSchema.parse({
    name: 'x',
    kind: 'webhook',
    url: `${service.origin}/hook`,
    secret: 's',
  })
  const message = createMessage()
  for (const change of [
    {},
    { createdAtMs: message.createdAtMs + 60_000, text: 'later' },
    { id: 'another' },
  ]) {
    // One for each, as after a restart.
    const notifier = createNotifier(settings, { clock, ids: createCountingIds() })
    clock.advance(60_000)
    await notifier.deliver({ ...message, ...change }, new AbortController().signal)
    await notifier.close()
  }
  await service.close()
  assert.deepEqual(
    service.taken.map(({ headers }) => headers['webhook-id']),
    [`msg_${message.id}`, `msg_${message.id}`, 'msg_another'],
  )
  assert.equal(new Set(service.taken.map(({ headers }) => headers['webhook-timestamp'])).size, 3)
})
