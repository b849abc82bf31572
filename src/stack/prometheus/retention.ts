// How long Prometheus must remember for these objectives. Pure.
import type { RuleInput } from '../../slo/rules.ts'

/** What Prometheus keeps when nobody says anything (its storage documentation). */
const DEFAULT_DAYS = 15
/** Blocks are dropped whole, and a report of the window that has just ended comes after it. */
const SPARE_DAYS = 5
const LONGEST_MONTH_DAYS = 31
/** Tickets look back over three days (slo/windows). */
const LONGEST_BURN_DAYS = 3

/** For `--storage.tsdb.retention.time`: `35d` for thirty days. A shorter one silently shortens the windows of objectives. */
export function toRetention({ objectives }: Pick<RuleInput, 'objectives'>): string {
  const days = objectives.map(({ window }) => (window.kind === 'month' ? LONGEST_MONTH_DAYS : window.days))
  return `${Math.max(DEFAULT_DAYS, Math.max(LONGEST_BURN_DAYS, ...days) + SPARE_DAYS)}d`
}
