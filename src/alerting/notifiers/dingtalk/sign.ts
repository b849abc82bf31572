// The signature of DingTalk's custom robots: HMAC-SHA256 with the secret, over time and secret. Pure.
import { createHmac } from 'node:crypto'

/** In base64, not yet encoded for a URL. */
export function signDingtalk(secret: string, timestampMs: number): string {
  return createHmac('sha256', secret).update(`${timestampMs}\n${secret}`).digest('base64')
}
