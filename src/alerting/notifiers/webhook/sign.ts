// The signature of webhooks as Standard Webhooks (standardwebhooks.com) describes it: HMAC-SHA256 over id, time and body. Pure.
import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'

export interface Signed {
  readonly id: string
  readonly timestampSeconds: number
  readonly body: string
}

/** The value of the header `webhook-signature`. */
export function signWebhook(secret: string, { id, timestampSeconds, body }: Signed): string {
  const key = secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8')
  const signature = createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')
  return `v1,${signature}`
}
