// A message as the Markdown of DingTalk's robots. Pure.
import type { Message } from '../../notifier.ts'
import { cut, inJsonBytes, inUnits } from '../text/cut.ts'
import { blocksOf, fit } from '../text/fit.ts'
import { toCode, toInert } from '../text/inert.ts'
import { PHRASES, SENDER } from '../text/phrases.ts'
import { toSafeUrl } from '../text/plain.ts'
import type { DingtalkSettings } from './config.ts'

/** The whole body may have 20,000 bytes; a tenth is left for what stands around the text. */
const MAX_TEXT_JSON_BYTES = 18_000
const MAX_TITLE_UNITS = 120
/** Where a line ends in its Markdown. */
const BREAK = '\n\n'
const BREAK_JSON_BYTES = 4

export function toDingtalkBody(message: Message, mention: DingtalkSettings['mention']): unknown {
  const { title, paragraphs, facts, links, silenceCommand, language, kind, severity } = message
  const { colon, cut: note, silence } = PHRASES[language]
  const heading = cut(toInert(title), { max: MAX_TITLE_UNITS, measure: inUnits })
  const isNaming = kind === 'firing' && severity === 'page'
  // A name that does not stand in the text as well is told, but not seen.
  const named = isNaming ? [...mention.mobiles, ...mention.users].map((id) => `@${id}`) : []
  const fitted = fit(
    {
      head: [`### ${heading}`, ...(named.length === 0 ? [] : [named.join(' ')])],
      body: [
        ...paragraphs.map((text) => ({ text: toInert(text) })),
        ...facts.map(({ label, text }) => ({
          before: `- **${toInert(label)}**${colon}`,
          text: toInert(text),
        })),
      ],
      tail: [
        ...links.flatMap(({ label, url }) => toLink(label, url)),
        ...(silenceCommand === undefined ? [] : [`${silence}${colon}${toCode(silenceCommand)}`]),
        SENDER,
      ],
    },
    { max: MAX_TEXT_JSON_BYTES, measure: inJsonBytes, perBlock: BREAK_JSON_BYTES, note },
  )
  return {
    msgtype: 'markdown',
    markdown: { title: heading, text: blocksOf(fitted).join(BREAK) },
    at: {
      atMobiles: isNaming ? mention.mobiles : [],
      atUserIds: isNaming ? mention.users : [],
      isAtAll: isNaming && mention.all,
    },
  }
}

function toLink(label: string, url: string): readonly string[] {
  const safe = toSafeUrl(url)
  return safe === undefined ? [] : [`[${toInert(label)}](${safe})`]
}
