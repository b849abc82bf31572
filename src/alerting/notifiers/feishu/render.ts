// A message as a card of Feishu. Words are in elements of plain text, which have no markup to be abused; names are the one
// exception, and they come from the configuration. Pure.
import type { Message } from '../../notifier.ts'
import { inJsonBytes } from '../text/cut.ts'
import { blocksOf, fit } from '../text/fit.ts'
import { PHRASES, SENDER } from '../text/phrases.ts'
import { toPlainLayout, toShort } from '../text/plain-layout.ts'
import { toSafeUrl } from '../text/plain.ts'

/** Feishu: a body has at most 20 KB. What is not an element (title, names, links, signature) has its own room beside this. */
const MAX_ELEMENTS_JSON_BYTES = 14_000
/** `{"tag":"div","text":{"tag":"plain_text","content":""}},` and a little. */
const ELEMENT_JSON_BYTES = 64
const MAX_TITLE_UNITS = 120
const MOST_LINKS = 5
const MAX_LINK_UNITS = 600
const MAX_LABEL_UNITS = 40
const MOST_NAMED = 10

export function toFeishuCard(message: Message, mention: readonly string[]): unknown {
  const { title, kind, severity } = message
  const isNaming = kind === 'firing' && severity === 'page' && mention.length > 0
  const named = mention.slice(0, MOST_NAMED).map((id) => `<at id=${id}></at>`)
  return {
    config: { wide_screen_mode: true },
    header: { template: colourOf(message), title: plainText(toShort(title, MAX_TITLE_UNITS)) },
    elements: [
      ...(isNaming ? [{ tag: 'div', text: { tag: 'lark_md', content: named.join(' ') } }] : []),
      ...toElements(message),
      ...toButtons(message),
      { tag: 'note', elements: [plainText(SENDER)] },
    ],
  }
}

function toElements(message: Message): readonly unknown[] {
  const { cut: note } = PHRASES[message.language]
  const room = { max: MAX_ELEMENTS_JSON_BYTES, measure: inJsonBytes, perBlock: ELEMENT_JSON_BYTES, note }
  const texts = blocksOf(fit(toPlainLayout(message), room))
  return texts.map((text) => ({ tag: 'div', text: plainText(text) }))
}

/** Buttons that only open a page need nobody on our side to press them. */
function toButtons({ links }: Message): readonly unknown[] {
  const actions = links.flatMap(({ label, url }) => {
    const safe = toSafeUrl(url)
    if (safe === undefined || safe.length > MAX_LINK_UNITS) return []
    return [{ tag: 'button', type: 'default', text: plainText(toShort(label, MAX_LABEL_UNITS)), url: safe }]
  })
  return actions.length === 0 ? [] : [{ tag: 'action', actions: actions.slice(0, MOST_LINKS) }]
}

function plainText(content: string): unknown {
  return { tag: 'plain_text', content }
}

type Colour = 'red' | 'orange' | 'green' | 'blue'

function colourOf({ kind, severity }: Message): Colour {
  if (kind === 'resolved') return 'green'
  if (kind !== 'firing') return 'blue'
  return severity === 'page' ? 'red' : 'orange'
}
