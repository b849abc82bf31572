// A message as a mail: subject, the same words as text and as HTML, and the headers by which programs put the mails of one group of
// alerts together. Pure.
import { createHash } from 'node:crypto'
import type { Message } from '../../notifier.ts'
import { cut, inUnits } from '../text/cut.ts'
import { fit, type Fitted } from '../text/fit.ts'
import { PHRASES, SENDER } from '../text/phrases.ts'
import { toPlainLayout } from '../text/plain-layout.ts'
import { toPlain, toSafeUrl } from '../text/plain.ts'

export interface Mail {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly messageId: string
  readonly references: string
  readonly inReplyTo: string
  readonly headers: Readonly<Record<string, string>>
}

export interface MailContext {
  /** What stands behind the @ of ids. */
  readonly domain: string
  readonly receiver: string
}

/** RFC 5322 2.1.1: a line has at most 998 characters; people read a tenth of that. */
const MAX_SUBJECT_UNITS = 200
/** Large mail providers show no more than a hundred KiB of a mail, and HTML takes more than the words in it. */
const MAX_WORDS = 30_000
const ID_DIGITS = 32
const MOST_LINKS = 20

export function toMail(message: Message, { domain, receiver }: MailContext): Mail {
  const { id, title, key, kind, severity } = message
  const subject = cut(toPlain(title), { max: MAX_SUBJECT_UNITS, measure: inUnits })
  const words = toWords(message)
  const digest = createHash('sha256').update(key).digest('hex').slice(0, ID_DIGITS)
  // No mail has this id: all of a group answer to it, so it does not matter which of them was the first.
  const thread = `<weir-${digest}@${domain}>`
  return {
    subject,
    text: toText(subject, words, message),
    html: toHtml(subject, words, message),
    // The same for every try, so that what arrives twice is shown once.
    messageId: `<weir-${id}.${kind}@${domain}>`,
    references: thread,
    inReplyTo: thread,
    headers: {
      'List-Id': `${SENDER} <${receiver}.weir.${domain}>`,
      // RFC 3834: nobody on holiday answers to this.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      ...(kind === 'firing' && severity === 'page' ? { Importance: 'high', 'X-Priority': '1' } : {}),
    },
  }
}

function toWords(message: Message): Fitted & { readonly count: number } {
  const { cut: note } = PHRASES[message.language]
  // What silences it stands below the links, and is never cut.
  const layout = { ...toPlainLayout(message), tail: [] }
  const fitted = fit(layout, { max: MAX_WORDS, measure: inUnits, perBlock: 2, note })
  return { ...fitted, count: message.paragraphs.length }
}

type Words = ReturnType<typeof toWords>

function linksOf({ links }: Message): readonly { readonly label: string; readonly url: string }[] {
  return links
    .flatMap(({ label, url }) => {
      const safe = toSafeUrl(url)
      return safe === undefined ? [] : [{ label: toPlain(label), url: safe }]
    })
    .slice(0, MOST_LINKS)
}

function toText(subject: string, { body, note, count }: Words, message: Message): string {
  const { colon, silence } = PHRASES[message.language]
  const links = linksOf(message).map(({ label, url }) => `${label}${colon}${url}`)
  const { silenceCommand } = message
  const parts = [
    subject,
    ...body.slice(0, count),
    body.slice(count).join('\n'),
    note ?? '',
    links.join('\n'),
    silenceCommand === undefined ? '' : `${silence}${colon}${toPlain(silenceCommand)}`,
    `-- \n${SENDER}`,
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

const COLOURS = { page: '#d32f2f', ticket: '#f57c00', resolved: '#2e7d32', other: '#1976d2' } as const

/** Nothing in it is loaded from anywhere: mail programs would ask before they show it. */
function toHtml(subject: string, { body, note, count }: Words, message: Message): string {
  const { colon, silence } = PHRASES[message.language]
  const { kind, severity, silenceCommand, language } = message
  const colour = COLOURS[kind === 'firing' ? severity : kind === 'resolved' ? 'resolved' : 'other']
  const facts = body.slice(count).map((line) => `<li>${escape(line)}</li>`)
  const links = linksOf(message).map(({ label, url }) => `<a href="${escape(url)}">${escape(label)}</a>`)
  return [
    `<!doctype html><html lang="${language}"><body style="font-family:sans-serif;max-width:44em">`,
    `<h2 style="border-left:6px solid ${colour};padding-left:.5em">${escape(subject)}</h2>`,
    ...body.slice(0, count).map((line) => `<p>${escape(line)}</p>`),
    ...(facts.length === 0 ? [] : [`<ul>${facts.join('')}</ul>`]),
    ...(note === undefined ? [] : [`<p>${escape(note)}</p>`]),
    ...(links.length === 0 ? [] : [`<p>${links.join(' · ')}</p>`]),
    ...(silenceCommand === undefined
      ? []
      : [`<p>${escape(silence)}${colon}<code>${escape(toPlain(silenceCommand))}</code></p>`]),
    `<p style="color:#777">${SENDER}</p></body></html>`,
  ].join('\n')
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
