// Delivers to a custom robot of a DingTalk group, signed if it has a secret.
import type { Notifier, NotifierTools } from '../../notifier.ts'
import { createHttpNotifier } from '../http/http-notifier.ts'
import { judgeRobot } from '../http/robot-answer.ts'
import { DINGTALK_ANSWERS } from './codes.ts'
import type { DingtalkSettings } from './config.ts'
import { toDingtalkBody } from './render.ts'
import { signDingtalk } from './sign.ts'

/** DingTalk: 20 messages a minute for each robot. */
const RATE = { messages: 20, periodMs: 60_000 }

export function createDingtalkNotifier(settings: DingtalkSettings, tools: NotifierTools): Notifier {
  const { url, secret, mention, timeout } = settings
  return createHttpNotifier(
    {
      kind: 'dingtalk',
      name: DINGTALK_ANSWERS.name,
      rates: [RATE],
      toPost: (message) => ({
        url: toSignedUrl(settings, Math.round(tools.clock.wall())),
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(toDingtalkBody(message, mention)),
      }),
      judge: (answer, say) => judgeRobot(DINGTALK_ANSWERS, answer, say),
    },
    { timeout, secrets: [url, secret] },
    tools,
  )
}

function toSignedUrl({ url, secret }: DingtalkSettings, nowMs: number): string {
  const signed = new URL(url.reveal())
  if (secret === undefined) return signed.href
  signed.searchParams.set('timestamp', String(nowMs))
  signed.searchParams.set('sign', signDingtalk(secret.reveal(), nowMs))
  return signed.href
}
