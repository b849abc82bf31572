// The signature of Feishu's and Lark's custom bots: HMAC-SHA256 of nothing, with time and secret as its key. Pure.
import { createHmac } from 'node:crypto'

/** In base64. */
export function signFeishu(secret: string, timestampSeconds: number): string {
  return createHmac('sha256', `${timestampSeconds}\n${secret}`).digest('base64')
}
