// Delivers to a robot of a WeCom group. It has no signature: whoever knows the URL may speak.
import type { Notifier, NotifierTools } from '../../notifier.ts'
import { createHttpNotifier } from '../http/http-notifier.ts'
import { judgeRobot } from '../http/robot-answer.ts'
import { WECOM_ANSWERS } from './codes.ts'
import type { WecomSettings } from './config.ts'
import { toWecomBody } from './render.ts'

/** WeCom: 20 messages a minute for each robot. */
const RATE = { messages: 20, periodMs: 60_000 }

export function createWecomNotifier(settings: WecomSettings, tools: NotifierTools): Notifier {
  const { url, mention, timeout } = settings
  return createHttpNotifier(
    {
      kind: 'wecom',
      name: WECOM_ANSWERS.name,
      rates: [RATE],
      toPost: (message) => ({
        url: url.reveal(),
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(toWecomBody(message, mention)),
      }),
      judge: (answer, say) => judgeRobot(WECOM_ANSWERS, answer, say),
    },
    { timeout, secrets: [url] },
    tools,
  )
}
