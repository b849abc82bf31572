// One real Prometheus for all: each set-up is a job of its file, and the job that is expected is the test's to choose.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { stringify } from 'yaml'
import { startPrometheus, type Prometheus } from '../../../test/acceptance/support/prometheus.ts'
import { componentOrSkip } from '../../../test/support/component.ts'
import { assertAnswer, examine, examineOne } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { startStage, until, type Stage, type Written } from '../../../test/support/weir.ts'
import type { Setup } from '../check.ts'

const SLOS = [{ name: 'available', sli: 'availability', objective: '99%', window: '30d' }]

let stage: Stage
let freePort: number
let folder: string
let shared: Promise<Prometheus> | undefined

before(async () => {
  stage = await startStage({ config: { slos: SLOS } })
  freePort = await findFreePort()
  folder = mkdtempSync(join(tmpdir(), 'weir-doctor-rules-'))
})
after(async () => {
  await (await shared)?.close()
  await stage.stop()
  rmSync(folder, { recursive: true })
})

const toWritten = (more: Written = {}): Written => ({
  listen: `127.0.0.1:${stage.port}`,
  metrics: { listen: new URL(stage.metricsUrl).host },
  slos: SLOS,
  ...more,
})

const expect = (expected: Partial<Setup['expected']>): Partial<Setup> => ({
  expected: { job: 'weir', ruleGroups: ['weir-gateway'], stackGroups: [], alerts: [], ...expected },
})

const ask = (
  only: string,
  prometheus: string,
  more: Written = {},
  expected: Partial<Setup['expected']> = {},
) =>
  examineOne({
    written: toWritten(more),
    only,
    options: { places: { prometheus } },
    instead: expect(expected),
  })

function toJobs(): readonly Written[] {
  const to = (job: string, more: Written = {}, host = new URL(stage.metricsUrl).host): Written => ({
    ...{ job_name: job, scrape_interval: '1s', static_configs: [{ targets: [host] }] },
    ...more,
  })
  return [
    to('weir'),
    to('wrong-path', { metrics_path: '/wrong' }),
    to('wrong-port', {}, `127.0.0.1:${freePort}`),
    to('wrong-scheme', { scheme: 'https' }),
    to('dropping', {
      metric_relabel_configs: [{ source_labels: ['__name__'], regex: 'weir_slo_.*', action: 'drop' }],
    }),
    to('no-bounds', { metric_relabel_configs: [{ regex: 'le', action: 'labeldrop' }] }),
    to('renamed', { metric_relabel_configs: [{ target_label: 'job', replacement: 'other' }] }),
    to('wrong-listener', {}, `127.0.0.1:${stage.port}`),
    { job_name: 'empty', static_configs: [] },
  ]
}

async function start(t: TestContext): Promise<Prometheus | undefined> {
  const binary = componentOrSkip(t, 'prometheus')
  if (binary === undefined) return undefined
  const rules = join(folder, 'rules.yml')
  const groups = [{ name: 'weir-gateway', rules: [{ alert: 'GatewayDown', expr: 'up{job="weir"} == 0' }] }]
  writeFileSync(
    rules,
    stringify({ groups: [...groups, { name: 'extra', rules: [{ record: 'a', expr: '1' }] }] }),
  )
  shared ??= startPrometheus(binary, { rule_files: [rules], scrape_configs: toJobs() }).then(
    async (prometheus) => {
      await until(
        async () => {
          const all = await prometheus.targets()
          return all.length === toJobs().length - 1 && all.every(({ health }) => health !== 'unknown')
        },
        'every target',
        20_000,
      )
      return prometheus
    },
  )
  return shared
}

test('a Prometheus that scrapes as it should is well, but for how long it keeps', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const answers = await examine({
    written: toWritten(),
    only: ['prometheus', 'alert-link'],
    options: { places: { prometheus: prometheus.url } },
    instead: expect({}),
  })
  const of = (check: string) => answers.find((answer) => answer.check === check)!
  assertAnswer(of('prometheus'), 'ok', /answers, version \d/)
  assertAnswer(of('prometheus-target'), 'ok', /the gateway is UP/)
  assertAnswer(of('prometheus-metrics'), 'ok', /\d+ metrics of job="weir"/)
  assertAnswer(of('prometheus-scrape'), 'ok', /every 1s/)
  assertAnswer(
    of('prometheus-retention'),
    'fail',
    /keeps 15d, and the window of available is 30d/,
    /retention\.time=35d/,
  )
  assertAnswer(of('prometheus-rules'), 'ok', /1 groups? of rules/)
  assertAnswer(of('alert-link'), 'fail', /knows no Alertmanager/, /alertmanagers/)
  const week = { slos: [{ ...SLOS[0], window: '7d' }] }
  assertAnswer(await ask('prometheus-retention', prometheus.url, week), 'ok', /7d$/)
})

test('rules that are not loaded are a failure where nobody else rings, and old ones a warning', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const { url } = prometheus
  const none = { ruleGroups: ['weir-slo-other'] }
  assertAnswer(await ask('prometheus-rules', url, {}, none), 'fail', /none of the rules/, /weir stack init/)
  const old = { ruleGroups: ['weir-gateway', 'weir-slo-new'] }
  assertAnswer(await ask('prometheus-rules', url, {}, old), 'warn', /missing: weir-slo-new/, /reload/)
  const receivers = {
    alerts: { receivers: [{ name: 'hook', kind: 'webhook', url: 'http://127.0.0.1:9/x' }] },
  }
  assertAnswer(await ask('prometheus-rules', url, receivers, none), 'ok', /the gateway rings by itself/)
  assertAnswer(await ask('alert-link', url, receivers), 'ok', /tells people by itself/)
})

test('a target under another job is found by its address, and is one failure', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const answers = await examine({
    written: toWritten(),
    only: ['prometheus-target', 'prometheus-metrics', 'prometheus-scrape'],
    options: { places: { prometheus: prometheus.url } },
    instead: expect({ job: 'gateways' }),
  })
  const failed = answers.filter(({ status }) => status === 'fail')
  assert.equal(failed.length, 1, JSON.stringify(answers))
  assertAnswer(failed[0]!, 'fail', /job="[a-z-]+".*job="gateways"/, /job_name: gateways/)
})

test('a wrong path, port or scheme is named with what mends it', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const target = (job: string) => ask('prometheus-target', prometheus.url, {}, { job })
  assertAnswer(await target('wrong-path'), 'fail', /DOWN.*404/, /metrics_path: \/metrics/)
  assertAnswer(await target('wrong-port'), 'fail', /DOWN.*refused/, /the metrics are on port \d+/)
  assertAnswer(await target('wrong-scheme'), 'fail', /DOWN/, /scheme: http/)
})

test('no target at all, a job without one, and metrics that are dropped', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const elsewhere = { metrics: { listen: `127.0.0.1:${await findFreePort()}` } }
  const none = await ask('prometheus-target', prometheus.url, elsewhere, { job: 'absent' })
  assertAnswer(none, 'fail', /none of 8 targets is a gateway/, /job_name: absent/)
  assertAnswer(
    await ask('prometheus-target', prometheus.url, elsewhere, { job: 'empty' }),
    'warn',
    /has no target/,
  )
  const dropping = { job: 'dropping' }
  assertAnswer(
    await ask('prometheus-metrics', prometheus.url, {}, dropping),
    'fail',
    /not kept: weir_slo_/,
    /relabel/,
  )
})

test('a label that is dropped and a job that is changed on the way are found, and a target on the port of callers', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const kept = (job: string) => ask('prometheus-metrics', prometheus.url, {}, { job })
  assertAnswer(await kept('no-bounds'), 'fail', /no series has the label le any more/, /labeldrop/)
  assertAnswer(await kept('renamed'), 'fail', /exposed and not kept/, /changes their job/)
  assertAnswer(
    await ask('prometheus-target', prometheus.url, {}, { job: 'wrong-listener' }),
    'fail',
    /DOWN.*404/,
    /where callers connect.*127\.0\.0\.1/,
  )
})

test('who lost one file of a stack is told, and who never had one is not', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const rules = (stackGroups: readonly string[]) =>
    ask('prometheus-rules', prometheus.url, {}, { ruleGroups: ['weir-gateway'], stackGroups })
  assertAnswer(await rules(['weir-backends', 'weir-queues']), 'ok', /1 groups? of rules/)
  const lost = await rules(['extra', 'weir-queues'])
  assertAnswer(lost, 'warn', /1 of 2 groups of the stack are missing: weir-queues/, /weir stack diff/)
})

test('while the gateway does not run, a target that is down is no second failure', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const answers = await examine({
    written: { listen: `127.0.0.1:${await findFreePort()}`, metrics: { listen: `127.0.0.1:${freePort}` } },
    only: ['prometheus'],
    options: { places: { prometheus: prometheus.url } },
    instead: expect({ job: 'wrong-port' }),
  })
  assert.deepEqual(
    answers.filter(({ status }) => status === 'fail').map(({ check }) => check),
    ['gateway'],
  )
})
