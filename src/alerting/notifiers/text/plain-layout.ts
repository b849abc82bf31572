// A message for services that show plain text as it is, without any markup to be abused. Pure.
import type { Message } from '../../notifier.ts'
import { cut, inUnits } from './cut.ts'
import type { Layout } from './fit.ts'
import { PHRASES } from './phrases.ts'
import { toPlain } from './plain.ts'

/** Sentences, then facts; at the end how to be left alone. */
export function toPlainLayout({ paragraphs, facts, silenceCommand, language }: Message): Layout {
  const { colon, silence } = PHRASES[language]
  return {
    head: [],
    body: [
      ...paragraphs.map((text) => ({ text: toPlain(text) })),
      ...facts.map(({ label, text }) => ({ before: `${toPlain(label)}${colon}`, text: toPlain(text) })),
    ],
    tail: silenceCommand === undefined ? [] : [`${silence}${colon}${toPlain(silenceCommand)}`],
  }
}

/** A title or the name of a link. */
export function toShort(text: string, maxUnits: number): string {
  return cut(toPlain(text), { max: maxUnits, measure: inUnits })
}
