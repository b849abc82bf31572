// Delivers to an incoming webhook of Slack. Its errors are words, and their status says whether another try makes sense.
import type { Notifier, NotifierTools } from '../../notifier.ts'
import { createHttpNotifier } from '../http/http-notifier.ts'
import type { SlackSettings } from './config.ts'
import { toSlackBody } from './render.ts'

/** Slack: one message a second for each webhook; short bursts are borne, which nobody should count on. */
const RATE = { messages: 1, periodMs: 1_000 }

export function createSlackNotifier({ url, timeout }: SlackSettings, tools: NotifierTools): Notifier {
  return createHttpNotifier(
    {
      kind: 'slack',
      name: 'Slack',
      rates: [RATE],
      toPost: (message) => ({
        url: url.reveal(),
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(toSlackBody(message)),
      }),
      judge: () => undefined,
    },
    { timeout, secrets: [url] },
    tools,
  )
}
