// What the bridge says around what others wrote, in both languages. The sentences about alerts come from their annotations.
import type { Severity } from '../../core/alert.ts'
import type { Language } from '../notifier.ts'

export interface BridgePhrases {
  readonly severity: Readonly<Record<Severity, string>>
  readonly titleFiring: (severity: string, subject: string) => string
  readonly titleResolved: (subject: string) => string
  /** Behind the subject of a group of several. */
  readonly counts: (firing: number, resolved: number) => string
  readonly resolved: (what: string) => string
  readonly more: (count: number) => string
  readonly since: string
  readonly until: string
  readonly source: string
  readonly silence: string
  readonly runbook: string
  readonly dashboard: string
}

export const BRIDGE_PHRASES: Readonly<Record<Language, BridgePhrases>> = {
  en: {
    severity: { page: 'PAGE', ticket: 'TICKET' },
    titleFiring: (severity, subject) => `${severity}: ${subject}`,
    titleResolved: (subject) => `RESOLVED: ${subject}`,
    counts: (firing, resolved) =>
      ` (${[...(firing > 0 ? [`${firing} firing`] : []), ...(resolved > 0 ? [`${resolved} over`] : [])].join(', ')})`,
    resolved: (what) => `Over: ${what}`,
    more: (count) => `And ${count} more.`,
    since: 'Since',
    until: 'Until',
    source: 'Source',
    silence: 'Silence',
    runbook: 'Runbook',
    dashboard: 'Dashboard',
  },
  zh: {
    severity: { page: '紧急', ticket: '工单' },
    titleFiring: (severity, subject) => `${severity}：${subject}`,
    titleResolved: (subject) => `已恢复：${subject}`,
    counts: (firing, resolved) =>
      `（${[...(firing > 0 ? [`${firing} 条正在告警`] : []), ...(resolved > 0 ? [`${resolved} 条已恢复`] : [])].join('，')}）`,
    resolved: (what) => `已恢复：${what}`,
    more: (count) => `另有 ${count} 条。`,
    since: '开始时间',
    until: '结束时间',
    source: '来源',
    silence: '静默',
    runbook: '处理手册',
    dashboard: '仪表盘',
  },
}
