// Words in a text that a service reads as its own kind of Markdown, so that they mean nothing to it. Robots' dialects know no
// escapes, so what could begin markup is replaced by its full-width twin, which looks the same and does nothing. Pure.
import { toPlain } from './plain.ts'

/** Where a character means something; a name such as `qwen3_32b` or an address keeps its looks. */
const ACTIVE: readonly (readonly [RegExp, string])[] = [
  [/</g, '＜'],
  [/>/g, '＞'],
  [/\[/g, '［'],
  [/\]/g, '］'],
  [/\*/g, '＊'],
  [/`/g, '｀'],
  [/~~/g, '～～'],
  [/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '＿'],
  [/&(?=#|[A-Za-z]+;)/g, '＆'],
  // Who is named there is told, or at least thinks so.
  [/(?<![\p{L}\p{N}._%+-])@/gu, '＠'],
  [/^#/, '＃'],
  [/^([-+=|])/, '\u00b7$1'],
  [/^(\d+)([.)])(?= )/, '$1\uff0e'],
]

export function toInert(text: string): string {
  return ACTIVE.reduce((inert, [pattern, twin]) => inert.replace(pattern, twin), toPlain(text))
}

/** What somebody will copy: nothing in it is replaced but what would end it. */
export function toCode(text: string): string {
  return `\`${toPlain(text).replaceAll('`', "'").replaceAll('<', '＜')}\``
}
