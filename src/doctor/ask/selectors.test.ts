import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectorsOf } from './selectors.ts'

const find = (expression: string): readonly string[] =>
  selectorsOf(expression).map(({ name, matchers }) => name + matchers)

test('the series of an expression are found, and neither functions nor labels', () => {
  assert.deepEqual(find('up'), ['up'])
  assert.deepEqual(find('sum by (le, model) (rate(a_bucket{job="weir"}[5m]))'), ['a_bucket{job="weir"}'])
  assert.deepEqual(find('histogram_quantile(0.95, sum(rate(b_bucket[$__rate_interval])) by (le))'), [
    'b_bucket',
  ])
  assert.deepEqual(find('a{x="1"} / on (job) group_left (slo) b > 0.5 or vector(0)'), ['a{x="1"}', 'b'])
  assert.deepEqual(find('slo:weir_slo_bad:ratio1h{slo="a"} offset 1h'), ['slo:weir_slo_bad:ratio1h{slo="a"}'])
  assert.deepEqual(find('rate(a[5m]) + rate(a[5m])'), ['a'])
  assert.deepEqual(find('topk(5, a{text="rate(b[5m])"})'), ['a{text="rate(b[5m])"}'])
  assert.deepEqual(find('1 - 2 * NaN'), [])
})

test('variables of Grafana stand for anything', () => {
  assert.deepEqual(find('a{job="$job", model=~"$model", x!="[[x]]"}'), ['a{job=~".*", model=~".*", x=~".*"}'])
  assert.deepEqual(find('a{job=~"${job:regex}"}'), ['a{job=~".*"}'])
  assert.deepEqual(find('a{job="weir"} > $limit'), ['a{job="weir"}'])
})
