// Messages for tests of receivers: an ordinary one in both languages, one that nothing could hold, and one that means harm.
import { composeMessage } from '../../../src/alerting/texts/compose.ts'
import type { Language, Message, MessageKind } from '../../../src/alerting/notifier.ts'
import type { Alert, Severity } from '../../../src/core/alert.ts'

export const START_MS = 1_700_000_000_000

const ALERT: Alert = {
  name: 'BackendDown',
  labels: { backend: 'gpu-a' },
  severity: 'page',
  startedAtMs: START_MS - 60_000,
  facts: { kind: 'backend-down', backend: 'gpu-a', reason: 'refused', models: ['qwen3:4b'] },
}

const WORDS = {
  en: {
    title: 'FIRING page: backend gpu-a is down',
    paragraphs: ['The backend gpu-a has not answered for a minute.', 'Requests for qwen3:32b go to gpu-b.'],
    label: 'Since',
    link: 'Runbook',
  },
  zh: {
    title: '告警中（紧急）：后端 gpu-a 不可用',
    paragraphs: ['后端 gpu-a 已有一分钟没有应答。', '对 qwen3:32b 的请求改由 gpu-b 处理。'],
    label: '开始时间',
    link: '处理手册',
  },
} as const

export const LINK_URL = 'https://runbooks.example.com/backend-down?a=1&b=2'
export const SILENCE = "weir alerts silence 'backend=gpu-a' --for 2h"

export interface MessageInput {
  readonly kind?: MessageKind
  readonly language?: Language
  readonly severity?: Severity
  readonly title?: string
  readonly paragraphs?: readonly string[]
  readonly facts?: Message['facts']
  readonly links?: Message['links']
}

export function createMessage(input: MessageInput = {}): Message {
  const { kind = 'firing', language = 'en', severity = 'page' } = input
  const words = WORDS[language]
  const endedAtMs = kind === 'resolved' ? START_MS : undefined
  return composeMessage({
    id: `0123456789abcdef-${kind}`,
    key: 'group-1',
    kind,
    severity,
    language,
    title: input.title ?? words.title,
    paragraphs: input.paragraphs ?? words.paragraphs,
    facts: input.facts ?? [{ label: words.label, text: '2023-11-14 22:12 UTC' }],
    links: input.links ?? [{ label: words.link, url: LINK_URL }],
    silenceCommand: kind === 'firing' ? SILENCE : undefined,
    alerts:
      kind === 'firing' || kind === 'resolved'
        ? [{ alert: ALERT, endedAtMs, summary: words.paragraphs[0] }]
        : [],
    createdAtMs: START_MS,
  })
}

/** Characters that take one, two, three and four bytes, and some that people see as one. */
const PIECES = ['a', 'é', '堰', '😀', '👩🏽‍💻', '"', '\\', '🇨🇳', 'e\u0301']
const LONG_PARAGRAPHS = 60
const LONG_PIECES = 700

export function createLongMessage(language: Language): Message {
  const paragraph = (at: number): string =>
    Array.from({ length: LONG_PIECES }, (_, index) => PIECES[(index * 7 + at) % PIECES.length]).join('')
  return createMessage({
    language,
    title: `${WORDS[language].title} ${paragraph(0)}`,
    paragraphs: [
      WORDS[language].paragraphs[0],
      ...Array.from({ length: LONG_PARAGRAPHS }, (_, at) => paragraph(at)),
    ],
    facts: Array.from({ length: LONG_PARAGRAPHS }, (_, at) => ({ label: `fact ${at}`, text: paragraph(at) })),
    links: Array.from({ length: 30 }, (_, at) => ({
      label: `link ${at}`,
      url: `https://example.com/${at}/${'x'.repeat(300)}`,
    })),
  })
}

export const EVIL = 'evil.example'

const HARM = [
  `[click](http://${EVIL})`,
  `![x](http://${EVIL}/x.png)`,
  `<http://${EVIL}|click>`,
  `<img src="http://${EVIL}/x.png" onerror="alert(1)">`,
  '<at id=all></at> <at user_id="all">all</at>',
  '<!channel> <!here> <!everyone>',
  '<@all> <@zhangsan>',
  '@all @所有人 @13800000000 @channel',
  '<font color="info">fine</font>',
  '**bold** __under__ ~~gone~~ `code`',
  '&lt;script&gt; &#60;b&#62;',
  'one\r\nBcc: someone@evil.example\r\n\r\n# heading\n> quote\n- list\n---\n```',
  'left \u202eright\u202c \u200bhidden\ufeff \u{e0041}',
  '\u0000\u0007\u001b[31m lone \ud800 half',
] as const

export function createHostileMessage(): Message {
  return createMessage({
    title: `FIRING page: model ${HARM.join(' ')}`,
    paragraphs: [...HARM, ...HARM.map((harm) => `# ${harm}`)],
    facts: HARM.flatMap((harm) => [
      { label: 'model', text: harm },
      { label: harm, text: 'value' },
    ]),
    links: [
      { label: HARM.join(' '), url: LINK_URL },
      { label: 'bad', url: 'javascript:alert(1)' },
      { label: 'trick', url: `https://example.com/)[click](http://${EVIL}|x>` },
    ],
  })
}
