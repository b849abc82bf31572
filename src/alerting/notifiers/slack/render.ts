// A message as blocks of Slack. Words are in objects of plain text, which have no markup to be abused; links alone are mrkdwn.
// Pure.
import type { Message } from '../../notifier.ts'
import { inUnits } from '../text/cut.ts'
import { fit } from '../text/fit.ts'
import { PHRASES, SENDER } from '../text/phrases.ts'
import { toPlainLayout, toShort } from '../text/plain-layout.ts'
import { toSafeUrl } from '../text/plain.ts'

/** Slack, Block Kit reference: 150 characters of a header, 3000 of a section's text, 50 blocks. */
const MAX_HEADER_UNITS = 150
const MAX_SECTION_UNITS = 3_000
const MOST_LINKS = 5
const MAX_LINK_UNITS = 500
const MAX_LABEL_UNITS = 60
/** Two line ends between paragraphs. */
const BREAK = '\n\n'

export function toSlackBody(message: Message): unknown {
  const { title } = message
  const header = toShort(title, MAX_HEADER_UNITS)
  const links = toLinks(message)
  return {
    // What is shown where blocks are not, and read out: there it is mrkdwn.
    text: escape(header),
    unfurl_links: false,
    unfurl_media: false,
    attachments: [
      {
        color: colourOf(message),
        fallback: header,
        blocks: [
          { type: 'header', text: plainText(header === '' ? SENDER : header) },
          ...toSections(message),
          ...(links === ''
            ? []
            : [{ type: 'section', text: { type: 'mrkdwn', text: links, verbatim: true } }]),
          { type: 'context', elements: [plainText(SENDER)] },
        ],
      },
    ],
  }
}

function toSections(message: Message): readonly unknown[] {
  const { cut: note } = PHRASES[message.language]
  const room = { max: MAX_SECTION_UNITS, measure: inUnits, perBlock: BREAK.length, note }
  const { body, note: cutNote, tail } = fit(toPlainLayout(message), room)
  const count = message.paragraphs.length
  // Sentences stand apart, facts are lines.
  const parts = [
    body.slice(0, count).join(BREAK),
    body.slice(count).join('\n'),
    cutNote ?? '',
    tail.join('\n'),
  ].filter((part) => part !== '')
  return parts.map((text) => ({ type: 'section', text: plainText(text) }))
}

function toLinks({ links }: Message): string {
  return links
    .flatMap(({ label, url }) => {
      const safe = toSafeUrl(url)
      if (safe === undefined || safe.length > MAX_LINK_UNITS) return []
      return [
        `<${safe.replaceAll('&', '&amp;')}|${escape(toShort(label, MAX_LABEL_UNITS)).replaceAll('|', '/')}>`,
      ]
    })
    .slice(0, MOST_LINKS)
    .join('  ·  ')
}

function plainText(text: string): unknown {
  return { type: 'plain_text', text, emoji: false }
}

/** Slack, formatting text: these three, and whatever names somebody or links begins with one of them. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const RED = '#d32f2f'
const ORANGE = '#f57c00'
const GREEN = '#2e7d32'
const BLUE = '#1976d2'

function colourOf({ kind, severity }: Message): string {
  if (kind === 'resolved') return GREEN
  if (kind !== 'firing') return BLUE
  return severity === 'page' ? RED : ORANGE
}
