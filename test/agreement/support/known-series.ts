// Every series that a query may ask for, with the labels it can have: those of the catalogue, of the client library, of Prometheus
// and of the programs beside us, and what rules record.
import assert from 'node:assert/strict'
import { isAlertingRule, type RuleGroup } from '../../../src/slo/rules.ts'
import { ALERTS, FOREIGN } from '../../../src/stack/foreign.ts'
import { CATALOGUE } from '../../../src/telemetry/catalogue.ts'
import type { MetricDefinition } from '../../../src/telemetry/catalogue/definition.ts'
import { LIBRARY_METRICS } from '../../../src/telemetry/catalogue/library.ts'
import { readQuery } from './promql.ts'

/** What Prometheus adds to everything it scrapes, and to what it knows of its own alerts. */
const TARGET_LABELS = ['job', 'instance']
const OWN_OF_PROMETHEUS = {
  up: [],
  scrape_samples_scraped: [],
  ALERTS: ['alertname', 'alertstate', 'severity', 'slo', 'rule', 'backend'],
}

export function toKnownSeries(groups: readonly RuleGroup[]): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, readonly string[]>(Object.entries(OWN_OF_PROMETHEUS))
  for (const { name, labels } of FOREIGN) if (name !== ALERTS.name) known.set(name, labels)
  for (const name of Object.keys(LIBRARY_METRICS))
    for (const part of ['', '_count', '_sum']) known.set(name + part, [])
  for (const { name, type, labels } of Object.values<MetricDefinition>(CATALOGUE)) {
    known.set(name, labels)
    if (type !== 'histogram') continue
    for (const part of ['_count', '_sum']) known.set(name + part, labels)
    known.set(`${name}_bucket`, [...labels, 'le'])
  }
  for (const { rules } of groups)
    for (const rule of rules) if (!isAlertingRule(rule)) known.set(rule.record, Object.keys(rule.labels))
  return known
}

/** Fails where it is no PromQL, or asks for what nobody exposes. */
export function assertAnswerable(
  query: string,
  known: ReadonlyMap<string, readonly string[]>,
  targetLabels: readonly string[] = TARGET_LABELS,
): void {
  const { errors, selections, groupings } = readQuery(query)
  assert.deepEqual(errors, [], query)
  const labelsHere = selections.flatMap(({ metric }) => known.get(metric) ?? [])
  for (const { metric, labels } of selections) {
    const has = known.get(metric)
    assert.ok(has, `${metric} in ${query}`)
    for (const label of labels)
      assert.ok(has.includes(label) || targetLabels.includes(label), `${metric}{${label}} in ${query}`)
  }
  for (const label of groupings)
    assert.ok(labelsHere.includes(label) || targetLabels.includes(label), `by (${label}) in ${query}`)
}
