// Delivers to a custom bot of a Feishu or Lark group, signed if it has a secret.
import type { Notifier, NotifierTools } from '../../notifier.ts'
import { createHttpNotifier } from '../http/http-notifier.ts'
import { judgeRobot } from '../http/robot-answer.ts'
import { FEISHU_ANSWERS } from './codes.ts'
import type { FeishuSettings } from './config.ts'
import { toFeishuCard } from './render.ts'
import { signFeishu } from './sign.ts'

/** Feishu: 100 messages a minute and 5 a second for each bot. */
const RATES = [
  { messages: 100, periodMs: 60_000 },
  { messages: 5, periodMs: 1_000 },
]
const MS_PER_SECOND = 1_000

export function createFeishuNotifier(settings: FeishuSettings, tools: NotifierTools): Notifier {
  const { url, secret, mention, timeout } = settings
  return createHttpNotifier(
    {
      kind: 'feishu',
      name: FEISHU_ANSWERS.name,
      rates: RATES,
      toPost: (message) => ({
        url: url.reveal(),
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify({
          ...toSignature(settings, Math.floor(tools.clock.wall() / MS_PER_SECOND)),
          msg_type: 'interactive',
          card: toFeishuCard(message, mention),
        }),
      }),
      judge: (answer, say) => judgeRobot(FEISHU_ANSWERS, answer, say),
    },
    { timeout, secrets: [url, secret] },
    tools,
  )
}

/** It stands in the body, where the time is a text of seconds. */
function toSignature({ secret }: FeishuSettings, nowSeconds: number): Readonly<Record<string, string>> {
  if (secret === undefined) return {}
  return { timestamp: String(nowSeconds), sign: signFeishu(secret.reveal(), nowSeconds) }
}
