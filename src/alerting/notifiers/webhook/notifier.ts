// Delivers to any server that takes JSON, signed if there is a secret. A 2xx is a delivery; bodies of answers mean nothing.
import type { Notifier, NotifierTools } from '../../notifier.ts'
import { createHttpNotifier } from '../http/http-notifier.ts'
import type { WebhookSettings } from './config.ts'
import { toWebhookBody } from './render.ts'
import { signWebhook } from './sign.ts'

const MS_PER_SECOND = 1_000

export function createWebhookNotifier(settings: WebhookSettings, tools: NotifierTools): Notifier {
  const { url, secret, bearer, timeout } = settings
  return createHttpNotifier(
    {
      kind: 'webhook',
      name: 'The webhook',
      rates: [],
      toPost(message) {
        const body = toWebhookBody(message)
        const id = `msg_${message.id}`
        const timestampSeconds = Math.floor(tools.clock.wall() / MS_PER_SECOND)
        return {
          url: url.reveal(),
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'webhook-id': id,
            'webhook-timestamp': String(timestampSeconds),
            ...(secret === undefined
              ? {}
              : { 'webhook-signature': signWebhook(secret.reveal(), { id, timestampSeconds, body }) }),
            ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer.reveal()}` }),
          },
          body,
        }
      },
      judge: () => undefined,
    },
    { timeout, secrets: [url, secret, bearer] },
    tools,
  )
}
