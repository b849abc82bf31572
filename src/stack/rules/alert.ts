// What an alert of the stack is made of: its rule, and the situations in which it must and must not ring. Types, and how one
// becomes a rule; which alerts there are stands in groups/.
import type { Severity } from '../../core/alert.ts'
import { toRange } from '../../slo/promql.ts'
import type { AlertingRule, RecordingRule, RuleOptions } from '../../slo/rules.ts'

/** Of what the users see. Whoever is woken for it need not read its tickets: see PAGE_HIDES_TICKET_BY. */
export type Symptom = 'errors' | 'latency'

/** `none`: nobody is told of it as of trouble; it is there for whoever waits for it. */
export type RuleSeverity = Severity | 'none'

export interface AlertSpec {
  readonly alert: string
  readonly severity: RuleSeverity
  readonly expr: string
  /** How long it must hold without a break; 0 is at once. */
  readonly forMinutes: number
  readonly symptom?: Symptom
  /** One sentence with the value; the template language of Prometheus. */
  readonly summary: string
  /** What it means for people, or what is likely behind it. */
  readonly description: string
  readonly situations: readonly Situation[]
}

/** With one sample a minute, in promtool's notation. */
export interface PlayedSeries {
  readonly metric: string
  readonly labels?: Readonly<Record<string, string>>
  readonly values: string
  /** Of which gateway, where there are several. */
  readonly instance?: string
  /** The job of another program than the gateway. */
  readonly job?: string
}

/** Played to the rules by promtool. Trouble begins and ends where the tape says (tape.ts). */
export interface Situation {
  /** What happens, as a sentence: the name of the test. */
  readonly what: string
  /** `rings`: not before the trouble, at its end, and no more at the end of the tape. */
  readonly expected: 'rings' | 'always' | 'never'
  readonly series: readonly PlayedSeries[]
}

/** One group, in a file of its own with its tests: what is recorded stands before the alerts that read it. */
export interface SpecGroup {
  /** Of the group and of the file. */
  readonly name: string
  /** What the file is about, in a sentence. */
  readonly about: string
  readonly records: readonly RecordingRule[]
  readonly alerts: readonly AlertSpec[]
}

export function toAlertingRule(spec: AlertSpec, { labels, matchers }: RuleOptions): AlertingRule {
  const { alert, severity, expr, forMinutes, symptom, summary, description } = spec
  return {
    alert,
    expr,
    ...(forMinutes > 0 && { for: toRange(forMinutes) }),
    labels: { ...labels, ...matchers, ...(symptom !== undefined && { symptom }), severity },
    annotations: { summary, description },
  }
}
