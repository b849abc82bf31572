// Whether Prometheus sends an alert with these labels, or its alert_relabel_configs drop it on the way. Pure; only what drops is
// read: a label that is rewritten before is taken as it was.
import { parse } from 'yaml'
import { field, listAt, textAt } from './json.ts'
import type { Labels } from './alert-routes.ts'

/** The file as Prometheus tells it, with what it added by itself. */
export function isDroppedOnTheWay(file: string, labels: Labels): boolean {
  return readRules(file).some((rule) => {
    const action = textAt(rule, 'action')
    if (action !== 'drop' && action !== 'keep') return false
    return matches(rule, labels) === (action === 'drop')
  })
}

function readRules(file: string): readonly unknown[] {
  try {
    return listAt(field(parse(file) as unknown, 'alerting'), 'alert_relabel_configs') ?? []
  } catch {
    return []
  }
}

function matches(rule: unknown, labels: Labels): boolean {
  const names = (listAt(rule, 'source_labels') ?? []).map(String)
  const text = names.map((name) => labels[name] ?? '').join(textAt(rule, 'separator') ?? ';')
  try {
    return new RegExp(`^(?:${textAt(rule, 'regex') ?? '(.*)'})$`, 's').test(text)
  } catch {
    return false
  }
}
