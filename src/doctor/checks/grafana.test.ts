import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Secret } from '../../core/secret.ts'
import { assertAnswer, examine, examineOne, servePages, startServer } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'

const TOKEN = 'glsa_a-token-of-grafana'

interface Made {
  readonly sources?: readonly unknown[]
  readonly health?: unknown
  readonly panels?: readonly unknown[]
  readonly isOpen?: boolean
}

const SOURCE = { uid: 'prom', name: 'Prometheus', type: 'prometheus' }

/** Knows two metrics, of the job `weir` alone. */
function answerQuery(query: string): unknown {
  const isKnown =
    /up|weir_requests_total/.test(query) && (!/job=/.test(query) || /job=(~".\*"|"weir")/.test(query))
  return { status: 'success', data: { result: isKnown ? [{ metric: {}, value: [0, '1'] }] : [] } }
}

function startGrafana(t: TestContext, made: Made = {}): Promise<string> {
  const { sources = [SOURCE], health = { status: 'OK' }, panels = [], isOpen = false } = made
  return startServer(t, (request, response) => {
    const url = new URL(request.url ?? '', 'http://a')
    if (url.pathname === '/api/health') return void response.end('{"database":"ok","version":"12.0.0"}')
    if (!isOpen && request.headers.authorization !== `Bearer ${TOKEN}`) {
      response.statusCode = 401
      return void response.end('{"message":"Unauthorized"}')
    }
    if (url.pathname.includes('/proxy/')) {
      return void response.end(JSON.stringify(answerQuery(url.searchParams.get('query') ?? '')))
    }
    return servePages({
      '/api/datasources': sources,
      '/api/datasources/uid/prom/health': health,
      '/api/search': panels.length === 0 ? [] : [{ uid: 'gateway' }],
      '/api/dashboards/uid/gateway': { dashboard: { title: 'Gateway', panels } },
    })(request, response)
  })
}

const ask = (only: string, grafana: string, token: string | undefined = TOKEN) =>
  examineOne({
    written: {},
    only,
    options: { places: { grafana }, grafanaToken: token === undefined ? undefined : new Secret(token) },
  })

const panel = (title: string, ...expressions: readonly string[]) => ({
  title,
  targets: expressions.map((expr) => ({ expr })),
})

test('a Grafana answers, or nobody does, or somebody else', async (t) => {
  assertAnswer(await ask('grafana', await startGrafana(t)), 'ok', /answers, version 12\.0\.0/)
  assertAnswer(await ask('grafana', `http://127.0.0.1:${await findFreePort()}`), 'fail', /nobody listens/)
  const other = await startServer(t, servePages({ '/': 'hello' }))
  assertAnswer(await ask('grafana', other), 'fail', /is no Grafana/, /path/)
})

test('a data source answers, does not, is missing, or may not be seen', async (t) => {
  assertAnswer(await ask('grafana-source', await startGrafana(t)), 'ok', /Prometheus answers/)
  const broken = await startGrafana(t, {
    health: { status: 'ERROR', message: 'dial tcp: connection refused' },
  })
  assertAnswer(await ask('grafana-source', broken), 'fail', /does not answer: dial tcp/, /prometheus:9090/)
  assertAnswer(
    await ask('grafana-source', await startGrafana(t, { sources: [] })),
    'fail',
    /no data source/,
    /provisioning/,
  )
  const wrong = await ask('grafana-source', await startGrafana(t), 'another-token')
  assertAnswer(wrong, 'fail', /refuses the login/, /GRAFANA_TOKEN/)
  assert.ok(!JSON.stringify(wrong).includes('another-token'))
  const [none] = await examine({
    written: {},
    only: ['grafana-source'],
    options: { places: { grafana: await startGrafana(t) } },
  })
  assertAnswer(none!, 'skip', /want a login/, /GRAFANA_TOKEN/)
})

test('queries of dashboards select something, or it is said which labels do not match', async (t) => {
  const good = [
    panel('Requests', 'sum(rate(weir_requests_total{job="$job"}[$__rate_interval]))'),
    { panels: [panel('Up', 'up')] },
  ]
  assertAnswer(
    await ask('grafana-dashboards', await startGrafana(t, { panels: good })),
    'ok',
    /Gateway: 2 queries/,
  )
  const some = [...good, panel('Old', 'rate(weir_requests_total{job="clawdbot-gateway"}[5m])', 'gone_total')]
  const answer = await ask('grafana-dashboards', await startGrafana(t, { panels: some }))
  assertAnswer(
    answer,
    'warn',
    /Old: weir_requests_total is there, but not with \{job="clawdbot-gateway"\}/,
    /job="weir"/,
  )
  assert.match(answer.seen, /nobody exposes gone_total/)
  const all = [panel('Old', 'up{job="other"}')]
  assertAnswer(
    await ask('grafana-dashboards', await startGrafana(t, { panels: all })),
    'fail',
    /but not with/,
  )
  assertAnswer(
    await ask('grafana-dashboards', await startGrafana(t)),
    'warn',
    /no dashboard with the tag weir/,
    /stack init/,
  )
})
