// Links of a message, from templates of the configuration. What is not configured is left out, and so is a link that would
// need something the alert does not have: half a query leads to the wrong page.
import type { Alert } from '../../core/alert.ts'
import type { MessageLink } from '../notifier.ts'
import type { LinkTemplates } from '../policy.ts'
import { LINK_NAMES, type Phrases } from './phrases.ts'

export interface LinkSubject {
  readonly alert: Alert
  /** From a little before it began to its end, or now. */
  readonly fromMs: number
  readonly toMs: number
  /** Of the objective or rule itself; goes before the template. */
  readonly runbook: string | undefined
}

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g

export function toLinks(
  templates: LinkTemplates,
  subject: LinkSubject,
  phrases: Phrases,
): readonly MessageLink[] {
  return LINK_NAMES.flatMap((name) => {
    const own = name === 'runbook' ? subject.runbook : undefined
    const template = templates[name]
    const url = own ?? (template === undefined ? undefined : fillIn(template, subject))
    return url === undefined ? [] : [{ label: phrases.links[name], url }]
  })
}

/** Every value is encoded: a label must not become another part of the URL. */
export function fillIn(template: string, { alert, fromMs, toMs }: LinkSubject): string | undefined {
  const values: Readonly<Record<string, string>> = {
    ...alert.labels,
    alert: alert.name,
    severity: alert.severity,
    from: String(fromMs),
    to: String(toMs),
    fromIso: new Date(fromMs).toISOString(),
    toIso: new Date(toMs).toISOString(),
  }
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '')
  if (names.some((name) => !Object.hasOwn(values, name))) return undefined
  return template.replaceAll(PLACEHOLDER, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}
