// `weir sla` beside a running gateway, after it has ended, and where nobody ever counted: what people and programs are told.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { createShell } from '../support/shell.ts'
import { startStage, until, type Stage, type Written } from '../support/weir.ts'

const SLOS: Written = {
  slos: [
    { name: 'available', sli: 'availability', objective: '99%', minEvents: 5 },
    { name: 'fast', match: { model: 'sim-*' }, sli: { firstToken: '30s' }, objective: '95%', minEvents: 5 },
  ],
}

/** So many minutes later. */
const ahead = (minutes: number) => ({ wall: () => systemClock.wall() + minutes * 60_000 })

interface Scene {
  readonly stage: Stage
  readonly data: string
  /** Lines of `weir`, by a configuration with the same objectives. */
  readonly weir: ReturnType<typeof createShell>
  readonly ask: (count: number, fault?: string) => Promise<void>
  readonly events: (name: string) => Promise<number>
}

async function open(context: TestContext): Promise<Scene> {
  const data = mkdtempSync(join(tmpdir(), 'weir-sla-'))
  context.after(() => rmSync(data, { recursive: true, force: true }))
  const stage = await startStage({ config: { ...SLOS, data, auth: 'none', retry: { attempts: 1 } } })
  context.after(() => stage.stop())
  const weir = createShell(context, JSON.stringify({ ...SLOS, data }))
  const events = async (name: string): Promise<number> => {
    const { out } = await weir('sla check --json')
    const { objectives } = JSON.parse(out) as { objectives: { name: string; total?: number }[] }
    return objectives.find((each) => each.name === name)?.total ?? 0
  }
  const ask = async (count: number, fault?: string): Promise<void> => {
    for (let at = 0; at < count; at += 1) {
      const response = await fetch(`${stage.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(fault === undefined ? {} : { 'x-sim-fault': fault }),
        },
        body: JSON.stringify({
          ...{ model: 'sim-chat', stream: true, max_tokens: 2 },
          messages: [{ role: 'user', content: 'hi' }],
        }),
      })
      await response.text()
    }
  }
  return { stage, data, weir, ask, events }
}

test('a promise that is kept is healthy, one that is broken says where the failures are', async (context) => {
  const { weir, ask, events } = await open(context)
  await until(async () => /only|no request/.test((await weir('sla check')).out), 'the first row')
  const quiet = await weir('sla check')
  assert.equal(quiet.code, 2)
  assert.match(quiet.out, /^available {2,}unknown .*\n/m)
  assert.match(quiet.out, /^available[a-z, -]* are not known: no request came that counts\.$/m)

  await ask(4)
  await until(async () => (await events('available')) === 4, '4 events')
  assert.match(
    (await weir('sla check')).out,
    /only 4 requests in the window, and fewer than 5 say too little/,
  )

  await ask(16)
  await until(async () => (await events('fast')) === 20, '20 events')
  const healthy = await weir('sla check')
  assert.deepEqual([healthy.code, healthy.err], [0, ''])
  assert.equal(
    healthy.out,
    [
      'OBJECTIVE  STATUS   ATTAINED  PROMISED  BUDGET LEFT        BURN  BUDGET LASTS',
      'available  healthy     100 %      99 %      100.0 %  0x over 3d             -',
      'fast       healthy     100 %      95 %      100.0 %  0x over 3d             -',
      '',
    ].join('\n'),
  )

  await ask(20, '500')
  await until(async () => (await events('available')) === 40, '40 events')
  const broken = await weir('sla check')
  assert.equal(broken.code, 1)
  assert.match(
    broken.out,
    /^available {2,}violation \(page\) {2,}50 % {2,}99 % {2,}-4900\.0 % {2,}50x over 1h {2,}is spent$/m,
  )
  assert.match(
    broken.out,
    /^available: 99% of requests succeed is promised over 30 days, and 20 of 40 requests were bad/m,
  )
  assert.match(broken.out, /^ {2}100 % of the failures are backend_error at sim for sim-chat\.$/m)
  assert.match(broken.out, /^fast {2,}healthy/m)

  const json = JSON.parse((await weir('sla check --json')).out) as { status: string; objectives: Written[] }
  assert.equal(json.status, 'violation')
  const [available, fast] = json.objectives
  assert.deepEqual(
    [available?.['status'], available?.['severity'], available?.['because'], available?.['good']],
    ['violation', 'page', 'burn', 20],
  )
  // Failures are out of a threshold: fast is what the twenty answers were.
  assert.deepEqual([fast?.['status'], fast?.['total'], fast?.['excluded']], ['healthy', 20, 20])
})

test('when the gateway has ended for minutes nothing is known, whatever was good before', async (context) => {
  const { stage, weir, ask, events, data } = await open(context)
  await ask(20)
  await until(async () => (await events('available')) === 20, '20 events')
  await stage.stop()
  assert.equal((await weir('sla check')).code, 0, 'a moment ago is now')
  const later = createShell(context, JSON.stringify({ ...SLOS, data }), {}, ahead(11))
  const ended = await later('sla check')
  assert.equal(ended.code, 2)
  assert.match(
    ended.out,
    /available[a-z, -]* are not known: no gateway has counted for 1[01]m, since .* UTC: is one running\?/,
  )

  const other = { slos: [{ name: 'new', sli: 'availability', objective: '99%' }], data }
  const unheard = await createShell(context, JSON.stringify(other))('sla check')
  assert.equal(unheard.code, 2)
  assert.match(
    unheard.out,
    /new is not known: no gateway has ever counted: has one been started with this configuration\?/,
  )
})

test('what cannot be asked is not known, and says why', async (context) => {
  const nowhere = createShell(context, JSON.stringify({ ...SLOS, data: '/nowhere/at/all' }))
  const missing = await nowhere('sla check')
  assert.equal(missing.code, 2)
  assert.match(missing.out, /available[a-z, -]* are not known: There are no records in \/nowhere\/at\/all/)
  const gone = await nowhere('sla check --prometheus http://127.0.0.1:1 --json')
  assert.equal(gone.code, 2)
  assert.match(gone.out, /127\.0\.0\.1:1 could not be reached: ECONNREFUSED/)
  const report = await nowhere('sla report')
  assert.deepEqual([report.code, report.out], [2, ''])
  assert.match(report.err, /^error: There are no records in/)

  const empty = await createShell(context, '{}')('sla check')
  assert.deepEqual([empty.code, empty.out], [2, ''])
  assert.match(empty.err, /^error: nothing is promised here/)
})

test('wrong words are answered with what to write', async (context) => {
  const weir = createShell(context, JSON.stringify(SLOS))
  const cases: readonly (readonly [string, RegExp])[] = [
    ['sla check --watch soon', /--watch: expected a duration from 1s such as 60s/],
    ['sla check --prometheus localhost:9090', /--prometheus: expected a URL such as/],
    ['sla report --month October', /--month: expected a month such as 2026-10/],
    ['sla report --month 2026-10 --since 7d', /--month is a time by itself/],
    ['sla report --until 2026-10-01', /--until needs --since/],
    ['sla report --since 2026-02-31', /--since: expected how long ago, such as 7d/],
    ['sla report --since 1d --until 2d', /--until: nothing lies between/],
    ['sla report --time-zone Mars', /--time-zone: expected a time zone/],
    ['sla report --month 2099-01', /nothing of this period is over yet|There are no records/],
    ['sla report --format pdf', /Allowed choices are md, csv, json, html/],
    ['sla report --out /nowhere/at/all/october.html', /the report cannot be written: ENOENT/],
  ]
  for (const [line, message] of cases) {
    const { code, out, err } = await weir(line)
    assert.deepEqual([code, out], [2, ''], line)
    assert.match(err, message, line)
  }
})

test('a report says what was attained, who was hit and what is not known, in each of its forms', async (context) => {
  const { weir, ask, events, data } = await open(context)
  await ask(18)
  await ask(6, '500')
  await until(async () => (await events('available')) === 24, '24 events')
  const later = createShell(context, JSON.stringify({ ...SLOS, data }), {}, ahead(2))
  const json = JSON.parse((await later('sla report --since 1h --format json')).out) as {
    objectives: (Written & { coverage: Written; incidents: Written[]; details: Written })[]
  }
  const [available] = json.objectives
  assert.ok(available)
  assert.deepEqual([available['good'], available['total'], available['bad']], [18, 24, 6])
  assert.equal(available['verdict'], 'broken')
  assert.equal(available.incidents[0]?.['bad'], 6)
  assert.match(JSON.stringify(available.incidents[0]), /100 % of the failures are backend_error at sim/)
  assert.deepEqual(available.details['models'], [{ name: 'sim-chat', good: 18, total: 24, bad: 6 }])
  assert.ok(Number(available.coverage['missing']) >= 50, 'before the gateway nobody counted')

  const md = await later('sla report --since 1h')
  assert.deepEqual([md.code, md.err], [0, ''])
  assert.match(md.out, /^# Service levels$/m)
  assert.match(md.out, /^\| available \| 99% of requests succeed \| 75 % \| broken \| 2,500 % \|/m)
  assert.match(md.out, /^\*\*A gateway was there to count in .*nobody counted/m)
  const zh = await later('sla report --since 1h --language zh --time-zone Asia/Shanghai')
  assert.match(zh.out, /实际 75 %：24 个请求中有 18 个达标。承诺：99 %。/)
  assert.match(zh.out, /Asia\/Shanghai/)

  const file = join(data, 'report.html')
  const saved = await later(`sla report --since 1h --out ${file}`)
  assert.deepEqual([saved.code, saved.out], [0, ''])
  assert.ok(existsSync(file))
  assert.match(readFileSync(file, 'utf8'), /^<!doctype html>/)
  const nowhere = await later(`sla report --since 1h --out ${join(data, 'no', 'such', 'folder.csv')}`)
  assert.equal(nowhere.code, 2)
  assert.match(nowhere.err, /the report cannot be written: ENOENT/)
  assert.match((await weir('sla report --since 1h --format csv')).out, /^section,objective,from,to,name,/)
})

test('a replay says what stricter promises would have told, beside the present ones', async (context) => {
  const { ask, events, data } = await open(context)
  await ask(57)
  await ask(3, '500')
  await until(async () => (await events('available')) === 60, '60 events')
  const strict = {
    data,
    slos: [{ name: 'available', sli: 'availability', objective: '99.9%', minEvents: 3 }],
  }
  const loose = { data, slos: [{ name: 'available', sli: 'availability', objective: '60%', minEvents: 3 }] }
  const folder = mkdtempSync(join(tmpdir(), 'weir-replay-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'new.yaml')
  writeFileSync(file, JSON.stringify(strict))
  const later = createShell(context, JSON.stringify(loose), {}, ahead(2))
  const { code, out, err } = await later(`sla replay --since 1h -c ${file}`)
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /60 records, each through both files\.$/m)
  assert.match(out, /^available {2,}changed {2,}99\.9 % {2,}95 % {2,}-4900\.0 % {2,}1 {2,}2 {2,}/m)
  assert.match(out, /^available {2,}present {2,}60 % {2,}95 % {2,}87\.5 % {2,}0 {2,}0 {2,}-$/m)
  assert.match(out, /^\d{4}-\d\d-\d\d \d\d:\d\d {2}page {4}SloBudgetBurn slo=available {2}for \d+m/m)
  assert.match(out, /^With the present file: nobody$/m)
  assert.match(out, /^available: its window of 30d and an alert over 3d may reach further back/m)
  const json = JSON.parse((await later(`sla replay --since 1h -c ${file} --json`)).out) as {
    changed: { episodes: Written[] }
  }
  assert.equal(json.changed.episodes.length, 3)
  assert.match((await later('sla replay --since 1h')).out, /each through these objectives/)
  const nothing = await later(`sla replay --since 2001-01-01 --until 2001-01-01 -c ${file}`)
  assert.deepEqual([nothing.code, nothing.err], [2, 'error: no record of this time is kept\n'])
})

test('a watch asks again, marks what changed, and ends with what it found last', async (context) => {
  const { ask, events, data } = await open(context)
  await ask(10)
  await until(async () => (await events('available')) === 10, '10 events')
  const signals = new Map<string, () => void>()
  let seen = ''
  const watching = createShell(context, JSON.stringify({ ...SLOS, data }), {}, systemClock, {
    on: (signal: string, callback: () => void) => {
      signals.set(signal, callback)
      return () => void signals.delete(signal)
    },
    onOut: (text: string) => void (seen += text),
  })('sla check --watch 1s')
  await until(() => seen.includes('available  healthy'), 'the first check')
  await ask(10, '500')
  await until(() => seen.includes('changed: available was healthy, and is violation now'), 'the change')
  signals.get('SIGINT')?.()
  assert.equal((await watching).code, 1)
  assert.equal(signals.size, 0)
})
