// Which alerts hold at the end of which minute, and under which labels Prometheus has them.
import type { Severity } from '../../../src/core/alert.ts'
import { toScopeLabels } from '../../../src/slo/thresholds/rule-conditions.ts'
import type { ServiceLevels } from '../../../src/slo/resolve.ts'
import { BURN_ALERT, EXHAUSTED_ALERT, NO_DATA_ALERT } from '../../../src/slo/rules/objective-rules.ts'

/** The labels by which alerts of both are told apart. */
export const KEY_LABELS = ['alertname', 'severity', 'slo', 'rule', 'backend', 'model'] as const

export type AlertKey = Readonly<Record<(typeof KEY_LABELS)[number], string>>

/** By key as text; the first of the minutes is the very beginning. */
export type States = ReadonlyMap<string, readonly boolean[]>

export function toAlertKey(
  alertname: string,
  severity: Severity,
  { slo = '', rule = '', backend = '', model = '' }: Readonly<Record<string, string>>,
): AlertKey {
  return { alertname, severity, slo, rule, backend, model }
}

export function printKey(key: AlertKey): string {
  return JSON.stringify(KEY_LABELS.map((label) => key[label]))
}

export function parseKey(text: string): AlertKey {
  const values = JSON.parse(text) as string[]
  return Object.fromEntries(KEY_LABELS.map((label, at) => [label, values[at] ?? ''])) as AlertKey
}

export interface StatesWritten {
  set(key: AlertKey, minute: number): void
  read(): States
}

/** Knows every alert that there could be, so that one which never holds is compared too. */
export function createStates({ objectives, rules }: ServiceLevels, minutes: number): StatesWritten {
  const states = new Map<string, boolean[]>()
  const add = (key: AlertKey): boolean[] => {
    const row = Array.from({ length: minutes + 1 }, () => false)
    states.set(printKey(key), row)
    return row
  }
  for (const { name: slo, scope } of objectives) {
    const labels = { slo, ...toScopeLabels(scope) }
    for (const severity of ['page', 'ticket'] as const) add(toAlertKey(BURN_ALERT, severity, labels))
    add(toAlertKey(EXHAUSTED_ALERT, 'ticket', labels))
    add(toAlertKey(NO_DATA_ALERT, 'ticket', labels))
  }
  for (const rule of rules) {
    if (rule.kind !== 'requests') continue
    const labels = { rule: rule.name, ...toScopeLabels(rule.counted.scope) }
    add(toAlertKey(rule.alert, rule.severity, labels))
  }
  return {
    set(key, minute) {
      const row = states.get(printKey(key)) ?? add(key)
      row[minute] = true
    },
    read: () => states,
  }
}

/** Minutes at which the two differ, by key. */
export function differenceOf(left: States, right: States): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>()
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [mine, theirs] = [left.get(key) ?? [], right.get(key) ?? []]
    const minutes = Array.from({ length: Math.max(mine.length, theirs.length) }, (_, minute) => minute)
    const differing = minutes.filter((minute) => (mine[minute] ?? false) !== (theirs[minute] ?? false))
    if (differing.length > 0) found.set(key, differing)
  }
  return found
}
