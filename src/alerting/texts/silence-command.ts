// The command line that silences a group, ready to be copied into a shell. Pure.
import type { Alert } from '../../core/alert.ts'
import type { GroupIdentity } from '../identity.ts'
import { ALERT_KEY, printMatcher } from '../matcher.ts'

const SUGGESTED = '2h'
/** Says the same as the name of the alert. */
const RULE = 'rule'
const PLAIN = /^[A-Za-z0-9_.:/=@%+,-]+$/

/** The group, and of what is in it at most what is told: another backend that goes down must still be heard of. */
export function toSilenceCommand(
  { name, labels }: Pick<GroupIdentity, 'name' | 'labels'>,
  alerts: readonly Alert[],
): string {
  const matchers = [
    { key: ALERT_KEY, pattern: name },
    ...Object.entries({ ...labels, ...narrow(labels, alerts) }).map(([key, pattern]) => ({ key, pattern })),
  ]
  const words = matchers.map((matcher) => quote(printMatcher(matcher)))
  return `weir alerts silence ${words.join(' ')} --for ${SUGGESTED} --reason "..."`
}

/** A group that is made by no objective is as wide as its name: what all its alerts have in common makes it narrower. */
function narrow(labels: GroupIdentity['labels'], alerts: readonly Alert[]): GroupIdentity['labels'] {
  const [first, ...others] = alerts
  if (first === undefined || labels['slo'] !== undefined) return {}
  const common = Object.entries(first.labels).filter(
    ([key, value]) => key !== RULE && value !== '' && others.every((other) => other.labels[key] === value),
  )
  return Object.fromEntries(common)
}

/** For a POSIX shell: a label may hold anything, and this is pasted into a terminal. */
function quote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
