// The command line that silences a group, ready to be copied into a shell. Pure.
import type { GroupIdentity } from '../identity.ts'
import { ALERT_KEY, printMatcher } from '../matcher.ts'

const SUGGESTED = '2h'
const PLAIN = /^[A-Za-z0-9_.:/=@%+,-]+$/

export function toSilenceCommand({ name, labels }: Pick<GroupIdentity, 'name' | 'labels'>): string {
  const matchers = [
    { key: ALERT_KEY, pattern: name },
    ...Object.entries(labels).map(([key, pattern]) => ({ key, pattern })),
  ]
  const words = matchers.map((matcher) => quote(printMatcher(matcher)))
  return `weir alerts silence ${words.join(' ')} --for ${SUGGESTED} --reason "..."`
}

/** For a POSIX shell: a label may hold anything, and this is pasted into a terminal. */
function quote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
