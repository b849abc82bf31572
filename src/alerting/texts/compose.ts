// From parts to a whole message: the same parts as plain text and as CommonMark. The bridge uses it as well.
import type { Message, MessageLink } from '../notifier.ts'
import { PHRASES } from './values.ts'

export type MessageParts = Omit<Message, 'text' | 'markdown'>

export function composeMessage(parts: MessageParts): Message {
  return { ...parts, text: toText(parts), markdown: toMarkdown(parts) }
}

function toText({ paragraphs, facts, links, silenceCommand, language }: MessageParts): string {
  const { colon, toSilence } = PHRASES[language]
  return join([
    ...paragraphs,
    facts.map(({ label, text }) => `${label}${colon}${text}`).join('\n'),
    links.map(({ label, url }) => `${label}${colon}${url}`).join('\n'),
    silenceCommand === undefined ? '' : `${toSilence}${colon.trim()}\n${silenceCommand}`,
  ])
}

function toMarkdown({ paragraphs, facts, links, silenceCommand, language }: MessageParts): string {
  const { colon, toSilence } = PHRASES[language]
  return join([
    ...paragraphs.map(escapeMarkdown),
    facts
      .map(({ label, text }) => `- **${escapeMarkdown(label)}**${colon}${escapeMarkdown(text)}`)
      .join('\n'),
    links.map(toLink).join(' · '),
    silenceCommand === undefined ? '' : `${toSilence}${colon.trim()}\n\n${toCode(silenceCommand)}`,
  ])
}

function toLink({ label, url }: MessageLink): string {
  return `[${escapeMarkdown(label)}](<${url.replaceAll(/[<>\s]/g, encodeURIComponent)}>)`
}

/** A fence that is longer than any run of backticks inside. */
function toCode(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}

function join(blocks: readonly string[]): string {
  return blocks.filter((block) => block !== '').join('\n\n')
}

/** Names of models, keys and rules are other people's text: what would be markup in it is shown as it is. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>#|~]/g, (character) => `\\${character}`)
}
