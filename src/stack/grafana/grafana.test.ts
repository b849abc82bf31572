// The files of Grafana, read as Grafana and Prometheus read them. test/acceptance/dashboards.test.ts asks every question for real.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { readDashboards, toFilled, type ReadDashboard } from '../../../test/acceptance/support/dashboards.ts'
import type { Written } from '../../../test/support/weir.ts'
import { readQuery } from '../../../test/agreement/support/promql.ts'
import { RECORDED } from '../../slo/rules.ts'
import { CATALOGUE, LIBRARY_METRICS, seriesNames } from '../../telemetry/catalogue.ts'
import type { MetricDefinition } from '../../telemetry/catalogue/definition.ts'
import { renderStack } from '../parts.ts'
import { STACK_PATHS } from '../places.ts'
import type { StackFile } from '../stack.ts'
import type { DashboardFile } from './fixtures/schema.ts'
import { FULL, toInput } from './fixtures/input.ts'
import { FOREIGN } from '../foreign.ts'
import { renderGrafana, toGuardMetrics } from './grafana.ts'
import { toDashboards } from './dashboards.ts'
import { toModel } from './dashboard.ts'
import { GRAFANA_PATHS } from './provision.ts'

const FILES = renderGrafana(toInput(FULL))
const DASHBOARDS = readDashboards(FILES)
const MODELS = FILES.filter(({ path }) => path.endsWith('.json')).map(
  ({ text }) => JSON.parse(text) as DashboardFile,
)

const QUERIES = DASHBOARDS.flatMap(({ queries, variables, title }) => [
  ...queries,
  ...variables.map(({ name, series }) => ({
    dashboard: title,
    panel: `variable ${name}`,
    expr: series,
    legend: '',
    isExemplar: false,
  })),
])

const SCRAPED = ['job', 'instance']
const BY_SERIES = new Map<string, readonly string[]>()
for (const { name, labels, type } of [...Object.values<MetricDefinition>(CATALOGUE), ...FOREIGN]) {
  for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
    BY_SERIES.set(name + suffix, [...labels, ...SCRAPED, ...(suffix === '_bucket' ? ['le'] : [])])
}
for (const name of Object.keys(LIBRARY_METRICS)) BY_SERIES.set(name, SCRAPED)

/** Recorded series are named after a window. */
function labelsOf(series: string): readonly string[] | undefined {
  const isRecorded = Object.values(RECORDED).some((name) => series.startsWith(name))
  return isRecorded ? ['slo'] : BY_SERIES.get(series)
}

test('every question is PromQL about series that exist, by labels that they have', () => {
  assert.ok(QUERIES.length > 100, `${QUERIES.length} questions`)
  for (const { dashboard, panel, expr } of QUERIES) {
    const where = `${dashboard}, ${panel}: ${expr}`
    const { errors, selections, groupings } = readQuery(toFilled(expr, {}))
    assert.deepEqual(errors, [], where)
    assert.ok(selections.length > 0, where)
    const known = selections.flatMap(({ metric, labels }) => {
      const all = labelsOf(metric)
      assert.ok(all !== undefined, `${where}: nobody has ${metric}`)
      for (const label of labels) assert.ok(all.includes(label), `${where}: ${metric} has no ${label}`)
      return all
    })
    for (const label of groupings) assert.ok(known.includes(label), `${where}: nothing there has ${label}`)
  }
})

test('what a legend names is left over in the answer', () => {
  for (const { dashboard, panel, expr, legend } of QUERIES) {
    const { groupings, selections } = readQuery(toFilled(expr, {}))
    const left = groupings.length > 0 ? groupings : selections.flatMap(({ metric }) => labelsOf(metric) ?? [])
    for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g))
      assert.ok(left.includes(label), `${dashboard}, ${panel}: {{${label}}} of ${expr}`)
  }
})

test('ids are unique and panels lie on the grid without covering each other', () => {
  for (const { title, model, panels } of DASHBOARDS) {
    const rows = model.panels.filter(({ type }) => type === 'row')
    const ids = [...rows, ...panels].map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length, title)
    assert.ok(
      ids.every((id) => Number.isInteger(id) && id > 0),
      title,
    )
    assertGrid(title, model.panels)
    for (const row of rows) {
      assert.equal((row.panels ?? []).length > 0, row.collapsed, `${title}, ${row.title}`)
      assertGrid(title, row.panels ?? [])
    }
  }
})

function assertGrid(title: string, panels: ReadDashboard['panels']): void {
  const taken = new Set<string>()
  for (const { title: panel, gridPos } of panels) {
    const { x, y, w, h } = gridPos
    assert.ok(w > 0 && h > 0 && x >= 0 && x + w <= 24, `${title}, ${panel}`)
    for (let column = x; column < x + w; column += 1) {
      for (let line = y; line < y + h; line += 1) {
        const cell = `${column}:${line}`
        assert.ok(!taken.has(cell), `${title}: ${panel} covers another panel at ${cell}`)
        taken.add(cell)
      }
    }
  }
}

test('every panel says what it shows and how to read it', () => {
  for (const { title, panels } of DASHBOARDS) {
    for (const { title: panel, description = '' } of panels) {
      const where = `${title}, ${panel}`
      assert.ok(panel.length > 2, where)
      assert.ok(description.length >= 25 && description.endsWith('.'), `${where}: ${description}`)
    }
    const titles = panels.map((panel) => panel.title)
    const twice = titles.filter((each, index) => titles.indexOf(each) !== index)
    // A budget left is a bar now and a line over time.
    assert.deepEqual(
      twice.filter((each) => each !== 'Budget left' && each !== 'Waiting'),
      [],
      title,
    )
  }
})

test('a file is a model as it is provisioned: no id, a stable uid, sources by variables', () => {
  const uids = MODELS.map(({ uid }) => uid)
  assert.deepEqual(uids, ['weir-gateway', 'weir-service', 'weir-service-levels', 'weir-hosts'])
  for (const { id, schemaVersion, refresh } of MODELS)
    assert.deepEqual([id, schemaVersion, refresh], [null, 41, '30s'])
  for (const { path, text } of FILES) {
    assert.match(text, /[^\n]\n$/, path)
    assert.doesNotMatch(text, /\$\{DS_|__inputs|"graph"|"singlestat"/, path)
  }
  for (const { title, panels, model } of DASHBOARDS) {
    const sources = panels.flatMap(({ datasource, targets = [] }) => [
      datasource,
      ...targets.map((target) => target.datasource),
    ])
    for (const source of sources)
      assert.equal(source?.uid, source?.type === 'loki' ? '${loki}' : '${datasource}', title)
    assert.ok(panels.every(({ targets = [] }) => targets.length > 0))
    assert.equal(model.templating.list[0]?.name, 'datasource')
  }
})

test('rates are taken over as many scrapes as Grafana finds right, and nowhere over a fixed few minutes', () => {
  for (const { dashboard, panel, expr } of QUERIES) {
    for (const [, range = ''] of expr.matchAll(/\[([^\]]+)\]/g))
      assert.ok(
        ['$__rate_interval', '$__range', '1h'].includes(range),
        `${dashboard}, ${panel}: [${range}] in ${expr}`,
      )
  }
})

test('each variable is there before it is used, and each is used', () => {
  for (const { title, model, queries } of DASHBOARDS) {
    const texts = JSON.stringify(model.panels) + queries.map(({ expr }) => expr).join()
    const known: string[] = []
    for (const { name, query } of model.templating.list) {
      const asked = typeof query === 'string' ? query : query.query
      for (const used of usedIn(asked)) assert.ok(known.includes(used), `${title}: $${used} in $${name}`)
      known.push(name)
      assert.ok(usedIn(texts).includes(name), `${title}: nothing uses $${name}`)
    }
    for (const used of usedIn(texts)) assert.ok(known.includes(used), `${title}: there is no $${used}`)
  }
})

/** Without what Grafana itself brings. */
function usedIn(text: string): readonly string[] {
  return [...text.matchAll(/\$\{?(\w+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('__'))
}

test('heat maps of buckets are asked for as such, and exemplars only where there are any', () => {
  const withExemplars = Object.values<MetricDefinition>(CATALOGUE)
    .filter((metric) => metric.type === 'histogram' && metric.exemplars)
    .map(({ name }) => name)
  for (const { dashboard, panel, expr, isExemplar } of QUERIES) {
    if (!isExemplar) continue
    assert.ok(
      withExemplars.some((name) => expr.includes(`${name}_bucket`)),
      `${dashboard}, ${panel}: ${expr}`,
    )
  }
  // Each question for exemplars brings those of all lines of a panel.
  for (const { title, panels } of DASHBOARDS) {
    for (const { title: panel, targets = [] } of panels)
      assert.ok(targets.filter(({ exemplar }) => exemplar).length <= 1, `${title}, ${panel}`)
  }
  const heat = MODELS.flatMap(({ panels }) => panels).filter((panel) => panel.type === 'heatmap')
  for (const { title, targets } of heat) {
    for (const { expr, format, legendFormat } of targets)
      assert.equal(format === 'heatmap', expr.includes('by (le)') && legendFormat === '{{le}}', title)
  }
  assert.ok(heat.some(({ interval }) => interval === '1m'))
})

test('what a configuration has no use for is not drawn', () => {
  const rowsOf = (files: readonly StackFile[]): readonly string[] =>
    readDashboards(files).flatMap(({ model }) =>
      model.panels.filter(({ type }) => type === 'row').map(({ title }) => title),
    )
  const panelsOf = (files: readonly StackFile[]): readonly string[] =>
    readDashboards(files).flatMap(({ panels }) => panels.map(({ title }) => title))
  const plain = renderGrafana(
    toInput({ backends: [{ name: 'a', url: 'http://127.0.0.1:1', kind: 'ollama' }] }),
  )
  assert.ok(rowsOf(FILES).includes('Tenants') && !rowsOf(plain).includes('Tenants'))
  assert.ok(
    rowsOf(FILES).includes('vLLM, from its own page') && !rowsOf(plain).includes('vLLM, from its own page'),
  )
  const free = renderGrafana(toInput({ metrics: { tenants: true } }))
  assert.ok(panelsOf(FILES).some((title) => title.startsWith('Cost')))
  assert.ok(rowsOf(free).includes('Tenants') && !panelsOf(free).some((title) => title.startsWith('Cost')))
})

test('one installation of several in a Prometheus asks for nothing of the others', () => {
  const files = renderGrafana(toInput(FULL, { env: 'prod' }))
  const foreign = FOREIGN.map(({ name }) => name).filter((name) => name !== 'ALERTS')
  for (const { dashboard, panel, expr } of readDashboards(files).flatMap(({ queries }) => queries)) {
    for (const { metric, labels } of readQuery(toFilled(expr, {})).selections) {
      if (foreign.includes(metric)) continue
      assert.ok(labels.includes('env'), `${dashboard}, ${panel}: ${metric} of ${expr}`)
    }
  }
})

test('checks of content are drawn as soon as the catalogue counts them, and not before', () => {
  const labels = ['check', 'direction', 'verdict'] as const
  const catalogue = {
    guardChecks: { name: 'test_checks_total', type: 'counter', labels },
    guardSeconds: { name: 'test_seconds', type: 'histogram', labels },
  } as const
  assert.equal(toGuardMetrics({}), undefined)
  const guard = toGuardMetrics(catalogue)
  assert.ok(guard)
  const shown = { installation: [], countsTenants: false, hasPrices: false, hasVllm: false, guard }
  const drawn = toDashboards(shown).find(({ name }) => name === 'guard')
  assert.ok(drawn)
  const text = `${JSON.stringify(toModel(drawn))}\n`
  const [read] = readDashboards([{ path: 'guard.json', text }])
  assert.ok(read)
  assertGrid('guard', read.model.panels)
  for (const { expr } of read.queries) assert.deepEqual(readQuery(toFilled(expr, {})).errors, [], expr)
  const verdicts = read.queries.filter(({ expr }) => expr.includes('verdict'))
  assert.ok(verdicts.length >= 3)
  // Whoever adds metrics of checks under other keys is told here that this dashboard waits for them.
  const isCounted = seriesNames().some((name) => name.startsWith('weir_guard_'))
  assert.equal(
    FILES.some(({ path }) => path.endsWith('/guard.json')),
    isCounted,
  )
})

test('a click on an error leads to its lines in the log, and from a line to its request', () => {
  const errors = DASHBOARDS.flatMap(({ panels }) => panels).find(({ title }) => title === 'Answers of 5xx')
  const [link] = errors?.fieldConfig?.defaults['links'] as readonly { readonly url: string }[]
  const url = new URL(link?.url.replaceAll(/\$\{([\w.]+)\}/g, '<$1>') ?? '', 'http://grafana.test')
  assert.equal(url.pathname, '/explore')
  const { weir } = JSON.parse(url.searchParams.get('panes') ?? '') as { weir: Pane }
  assert.equal(weir.datasource, '<loki>')
  assert.equal(weir.queries[0]?.expr, '{service_name="weir"} | json | status="<__field.labels.status_code>"')
  assert.deepEqual(weir.range, { from: '<__from>', to: '<__to>' })
})

interface Pane {
  readonly datasource: string
  readonly queries: readonly { readonly expr: string }[]
  readonly range: object
}

interface Source {
  readonly uid: string
  readonly type: string
  readonly url: string
  readonly jsonData: {
    readonly timeInterval?: string
    readonly exemplarTraceIdDestinations?: readonly { readonly name: string; readonly url: string }[]
    readonly derivedFields?: readonly {
      readonly matcherRegex: string
      readonly url: string
      readonly datasourceUid: string
    }[]
  }
}

function readSources(): readonly (Source | undefined)[] {
  const text = textOf('grafana/provisioning/datasources/weir.yaml')
  return (parse(text) as { datasources: Source[] }).datasources
}

function textOf(path: string): string {
  return FILES.find((file) => file.path === path)?.text ?? ''
}

test('data sources and dashboards are where the stack puts them', () => {
  assert.deepEqual(
    readSources().map((source) => [source?.type, source?.url]),
    [
      ['prometheus', 'http://prometheus:9090'],
      ['loki', 'http://loki:3100'],
    ],
  )
  const { providers } = parse(textOf('grafana/provisioning/dashboards/weir.yaml')) as {
    providers: { options: { path: string } }[]
  }
  assert.equal(providers[0]?.options.path, GRAFANA_PATHS.dashboards)
})

test('in a cluster there are dashboards and no data sources: whoever installed Grafana there knows them', () => {
  const paths = renderGrafana({ ...toInput(FULL), target: 'kubernetes' }).map(({ path }) => path)
  assert.deepEqual(
    paths,
    FILES.map(({ path }) => path).filter((path) => path.startsWith('grafana/dashboards/')),
  )
})

test('rates are taken over four scrapes as often as Prometheus scrapes', () => {
  const scraped = renderStack(toInput(FULL)).find(({ path }) => path === STACK_PATHS.prometheus)
  const { global } = parse(scraped?.text ?? '') as { global: { scrape_interval: string } }
  assert.equal(readSources()[0]?.jsonData.timeInterval, global.scrape_interval)
})

test('exemplars and lines lead to all that was written of one request', () => {
  const [prometheus, loki] = readSources()
  const [exemplar] = prometheus?.jsonData.exemplarTraceIdDestinations ?? []
  assert.ok(exemplar && loki)
  assert.equal(exemplar.name, 'request_id')
  // A dollar would begin a variable of the environment: each is doubled.
  assert.doesNotMatch(exemplar.url.replaceAll('$$', ''), /\$/)
  const url = new URL(exemplar.url.replaceAll('$${__value.raw}', 'req-1'), 'http://grafana.test')
  const { weir } = JSON.parse(url.searchParams.get('panes') ?? '') as { weir: Pane }
  assert.equal(weir.queries[0]?.expr, '{service_name="weir"} |= "req-1" | json | request_id="req-1"')
  assert.equal(weir.datasource, loki.uid)
  const [field] = loki.jsonData.derivedFields ?? []
  assert.ok(field)
  assert.equal(field.datasourceUid, loki.uid)
  const line = '{"level":"warn","time":"2026-01-01T00:00:00.000Z","msg":"request","request_id":"req-1"}'
  assert.equal(new RegExp(field.matcherRegex).exec(line)?.[1], 'req-1')
})

test('where spans are pushed, a line leads to its trace and a trace to its lines', () => {
  const otlp = { url: 'http://collector:4318' }
  const sourcesOf = (written: object): readonly Source[] => {
    const files = renderGrafana(toInput({ ...FULL, ...written }))
    const text = files.find(({ path }) => path.endsWith('datasources/weir.yaml'))?.text ?? ''
    return (parse(text) as { datasources: Source[] }).datasources
  }
  const [, loki, tempo] = sourcesOf({ otlp })
  assert.ok(loki && tempo)
  assert.equal(tempo.url, '${TEMPO_URL}')
  const toTrace = loki.jsonData.derivedFields?.find(({ datasourceUid }) => datasourceUid === tempo.uid)
  const line = '{"request_id":"a","trace_id":"0af7651916cd43dd8448eb211c80319c"}'
  assert.equal(new RegExp(toTrace?.matcherRegex ?? '^$').exec(line)?.[1], '0af7651916cd43dd8448eb211c80319c')
  assert.equal(sourcesOf({ otlp: { ...otlp, traces: 0 } }).length, 2)
  assert.equal(sourcesOf({}).length, 2)
})

test('the guide names every dashboard with its rows, and its configuration makes all of them', () => {
  const guide = readFileSync(new URL('../../../docs/guide/dashboards.md', import.meta.url), 'utf8')
  const [, written = ''] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? []
  const made = readDashboards(renderGrafana(toInput(parse(written) as Written)))
  const table = guide.split('\n').filter((line) => line.startsWith('| Weir / '))
  const shown = table.map((line) => line.split('|').map((cell) => cell.trim()))
  assert.deepEqual(
    made.map(({ title, model }) => [
      title,
      model.panels.filter(({ type }) => type === 'row').map((row) => row.title),
    ]),
    shown.map(([, title, , rows = '']) => [title, rows.split('; ')]),
  )
})

test('the same configuration gives the same bytes', () => {
  assert.deepEqual(renderGrafana(toInput(FULL)), FILES)
})
