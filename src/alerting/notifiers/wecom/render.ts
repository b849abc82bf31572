// A message as the Markdown of WeCom's robots. Pure.
import type { Message } from '../../notifier.ts'
import { cut, inBytes, inUnits } from '../text/cut.ts'
import { blocksOf, fit } from '../text/fit.ts'
import { toCode, toInert } from '../text/inert.ts'
import { PHRASES, SENDER } from '../text/phrases.ts'
import { toSafeUrl } from '../text/plain.ts'

/** WeCom: `markdown.content` has at most 4096 bytes of UTF-8. */
const MAX_CONTENT_BYTES = 4_096
const MAX_TITLE_UNITS = 100
const BREAK = '\n'
const BREAK_BYTES = 1
/** The names of somebody's whole department would leave no room for what happened. */
const MOST_NAMED = 10

type Shade = 'warning' | 'comment' | 'info'

export function toWecomBody(message: Message, mention: readonly string[]): unknown {
  const { title, paragraphs, facts, links, silenceCommand, language, kind, severity } = message
  const { colon, cut: note, silence } = PHRASES[language]
  const heading = cut(toInert(title), { max: MAX_TITLE_UNITS, measure: inUnits })
  const isNaming = kind === 'firing' && severity === 'page' && mention.length > 0
  const named = mention.slice(0, MOST_NAMED).map((id) => `<@${id}>`)
  const fitted = fit(
    {
      head: [
        `### <font color="${shadeOf(message)}">${heading}</font>`,
        ...(isNaming ? [named.join(' ')] : []),
      ],
      body: [
        ...paragraphs.map((text) => ({ text: toInert(text) })),
        ...facts.map(({ label, text }) => ({
          before: `> **${toInert(label)}**${colon}`,
          text: toInert(text),
        })),
      ],
      tail: [
        ...links.flatMap(({ label, url }) => toLink(label, url)),
        ...(silenceCommand === undefined ? [] : [`${silence}${colon}${toCode(silenceCommand)}`]),
        SENDER,
      ],
    },
    { max: MAX_CONTENT_BYTES, measure: inBytes, perBlock: BREAK_BYTES, note },
  )
  return { msgtype: 'markdown', markdown: { content: blocksOf(fitted).join(BREAK) } }
}

/** The three colours there are: orange, grey and green. */
function shadeOf({ kind, severity }: Message): Shade {
  if (kind === 'resolved' || kind === 'heartbeat') return 'info'
  return kind === 'firing' && severity === 'page' ? 'warning' : 'comment'
}

function toLink(label: string, url: string): readonly string[] {
  const safe = toSafeUrl(url)
  return safe === undefined ? [] : [`[${toInert(label)}](${safe})`]
}
