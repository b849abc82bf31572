import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { hashKey } from '../../access/create-key.ts'
import { budgetFile, openSqliteBudgetStore } from '../../access/limits/budgets/sqlite-budget-store.ts'
import { keyStoreFile } from '../../access/store/sqlite/store.ts'
import { createManualClock } from '../../core/clock.ts'
import { displayWidth } from '../../records/read/width.ts'
import { createShell } from '../../../test/support/shell.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-keys-list-'))
after(() => rmSync(folder, { recursive: true }))

const NOW_MS = Date.UTC(2026, 5, 10, 12)
const DAY_MS = 86_400_000
const MONTH = { startMs: Date.UTC(2026, 5, 1), endMs: Date.UTC(2026, 6, 1) }
const PRICED = 'models: [{ name: m, price: { input: 1, output: 2, currency: CNY } }]\n'
const NORTH = 'tenants: [{ name: north, limits: { budget: 2/month } }]\n'

type Terminal = Parameters<typeof createShell>[2]

/** A data folder in which budgets were spent, and commands beside it. */
function place(context: Parameters<typeof createShell>[0], file: string, terminal: Terminal = {}) {
  const data = mkdtempSync(join(folder, 'data-'))
  const clock = createManualClock(NOW_MS)
  const weir = createShell(context, `data: ${data}\n${file}`, terminal, clock)
  const spend = (micros: Readonly<Record<string, number>>) => {
    const store = openSqliteBudgetStore(budgetFile(data))
    store.add(Object.entries(micros).map(([id, spent]) => ({ id, ...MONTH, micros: spent })))
    store.close()
  }
  const json = async (line: string) =>
    JSON.parse((await weir(`${line} --json`)).out) as readonly (Readonly<Record<string, unknown>> & {
      usage: readonly Readonly<Record<string, unknown>>[]
    })[]
  return { data, clock, weir, json, spend }
}

const hashOf = (name: string): string => `name: ${name}, hash: "${hashKey(name)}"`

test('each key shows what it may do, its limits, and what is used of them; a tenant once', async (context) => {
  const filed = `keys: [{ ${hashOf('filed')}, tenant: north, models: ["qwen3*", bge-m3], limits: { concurrent: 4 } }]\n`
  const { weir, spend } = place(context, PRICED + NORTH + filed)
  await weir(
    'keys create --name a --tenant north --models m --requests 60/min --budget 1/month --expires 30d',
  )
  await weir('keys create --name b')
  spend({ 'key:a:budget:month': 816_000, 'tenant:north:budget:month': 1_500_000, 'key:b:budget:month': 7 })
  const { code, out, err } = await weir('keys list')
  assert.deepEqual([code, err], [0, ''])
  assert.deepEqual(out.replaceAll(/wk_\S+/g, (hint) => 'K'.repeat(hint.length)).split('\n'), [
    'NAME   KEY                STATE   TENANT  MODELS          CREATED     ENDS               ORIGIN',
    'filed  -                  active  north   qwen3*, bge-m3  -           never              file',
    '  concurrent  4 at once    -',
    'a      KKKKKKKKKKKKKKKKK  active  north   m               2026-06-10  2026-07-10T12:00Z  store',
    '  requests    60/min       -',
    '  budget      1 CNY/month  0.82 used (82%)  0.18 left, resets 2026-07-01',
    'b      KKKKKKKKKKKKKKKKK  active  -       all             2026-06-10  never              store',
    '',
    'tenant north: all of its keys together',
    '  budget      2 CNY/month  1.50 used (75%)  0.50 left, resets 2026-07-01',
    '',
    '-: counted in the memory of the gateway, where nobody else can look (weir keys list --help).',
    '',
  ])
})

test('programs read the same, and the limits of a tenant with each of its keys', async (context) => {
  const filed = `keys: [{ ${hashOf('filed')}, tenant: north, limits: { requests: [60/min, 5k/day] } }]\n`
  const { weir, json, spend } = place(context, PRICED + NORTH + filed)
  const secret = (await weir('keys create --name a --concurrent 4')).out.split('\n')[0] ?? ''
  spend({ 'tenant:north:budget:month': 250_000 })
  const [one, other] = await json('keys list')
  assert.deepEqual(one, {
    ...{ name: 'filed', origin: 'file', state: 'active', tenant: 'north' },
    limits: { requests: ['60/min', '5k/day'] },
    usage: [
      ...[
        { amount: 60, period: 'min', atOnce: 60 },
        { amount: 5_000, period: 'day', atOnce: 5_000 },
      ].map((rule) => ({ scope: 'key', owner: 'filed', kind: 'requests', ...rule, unknown: 'in_memory' })),
      {
        ...{ scope: 'tenant', owner: 'north', kind: 'budget', amount: 2, period: 'month', currency: 'CNY' },
        ...{ used: 0.25, left: 1.75, resets: '2026-07-01T00:00:00Z' },
      },
    ],
  })
  assert.deepEqual([other?.['limits'], other?.usage.length], [{ concurrent: 4 }, 1])
  const everything = (await weir('keys list')).out + JSON.stringify([one, other])
  for (const hidden of [secret, hashKey(secret), hashKey('filed')]) assert.ok(!everything.includes(hidden))
})

test('keys of one name are counted together: limits stand below the last of them, whoever was made between', async (context) => {
  const { weir, json, spend } = place(context, PRICED)
  await weir('keys create --name a --budget 1/month')
  await weir('keys create --name b')
  await weir('keys rotate a')
  spend({ 'key:a:budget:month': 100_000 })
  const { out } = await weir('keys list')
  assert.match(out, /\na .*2026-06-11T12:00Z .*\na .*never .*\n {2}budget .*0\.10 used \(10%\).*\nb /)
  assert.deepEqual(
    (await json('keys list')).map(({ usage }) => usage[0]?.['used']),
    [0.1, 0.1, undefined],
  )
  await weir('keys revoke a --old')
  const all = await weir('keys list --all')
  assert.match(all.out, /\na .*revoked .*\na .*active .*\n {2}budget/)
  assert.equal(all.out.match(/budget/g)?.length, 1)
})

test('a list is kept to names, tenants, and to those that have used much', async (context) => {
  const { weir, json, spend } = place(context, PRICED + NORTH)
  await weir('keys create --name team-a --tenant north --budget 1/month')
  await weir('keys create --name team-b --tenant south --budget 1/month')
  await weir('keys create --name batch --requests 60/min')
  await weir('keys create --name gone')
  await weir('keys revoke gone')
  spend({ 'key:team-a:budget:month': 800_000, 'key:team-b:budget:month': 799_999 })
  const names = async (flags: string) => (await json(`keys list ${flags}`)).map(({ name }) => name)
  assert.deepEqual(await names('--name team-*'), ['team-a', 'team-b'])
  assert.deepEqual(await names('--tenant *th'), ['team-a', 'team-b'])
  assert.deepEqual(await names('--tenant north --name team-a'), ['team-a'])
  assert.deepEqual(await names('--used 80%'), ['team-a'])
  assert.deepEqual(await names('--used 0.7'), ['team-a', 'team-b'])
  const much = await weir('keys list --used 80%')
  assert.deepEqual([much.code, much.err], [0, 'weir: of 1 key not every limit can be read from here\n'])
  spend({ 'tenant:north:budget:month': 2_000_000 })
  assert.deepEqual(await names('--used 100%'), ['team-a'], 'a tenant that has spent all stops its keys')
})

test('a list of nothing says why, and ends well', async (context) => {
  const { weir, json } = place(context, '')
  await weir('keys create --name team-a')
  const cases: readonly (readonly [string, RegExp])[] = [
    ['--name tema-a', /^weir: no key fits; did you mean team-a\?\n$/],
    ['--tenant x', /^weir: no key fits; --all lists those that were revoked as well\n$/],
    ['--tenant x --all', /^weir: no key fits\n$/],
  ]
  for (const [flags, message] of cases) {
    const { code, out, err } = await weir(`keys list ${flags}`)
    assert.deepEqual([code, out], [0, ''], flags)
    assert.match(err, message)
  }
  await weir('keys revoke team-a')
  assert.deepEqual((await weir('keys list')).err, 'weir: every key was revoked; --all lists them\n')
  assert.deepEqual(await json('keys list'), [])
  for (const used of ['much', '80', '-1', '101%']) {
    const wrong = await weir(`keys list --used ${used}`)
    assert.deepEqual([wrong.code, wrong.out], [2, ''], used)
    assert.match(wrong.err, /--used/)
  }
})

test('a file of budgets that cannot be read is an error below a list that stands all the same', async (context) => {
  const { data, weir, json } = place(context, PRICED)
  await weir('keys create --name a --budget 1/month')
  assert.match((await weir('keys list')).out, /budget {2}1 CNY\/month {2}- {2}nothing is kept here yet\n/)
  writeFileSync(budgetFile(data), 'no database '.repeat(200))
  const { code, out, err } = await weir('keys list')
  assert.equal(code, 2)
  assert.match(out, /^a .*\n {2}budget {2}1 CNY\/month {2}- {2}cannot be read\n/m)
  assert.match(err, /^error: the spent budgets in .*budgets\.db cannot be read: file is not a database\n$/)
  assert.equal((await json('keys list'))[0]?.usage[0]?.['unknown'], 'unreadable')
})

test('looking makes no data folder, and nothing in one', async (context) => {
  const filed = `${PRICED}keys: [{ ${hashOf('filed')}, limits: { budget: 1/month } }]\n`
  const { data, weir } = place(context, filed)
  rmSync(data, { recursive: true })
  const { code, out } = await weir('keys list')
  assert.equal(code, 0)
  assert.match(out, /nothing is kept here yet/)
  assert.ok(!existsSync(data))
  mkdirSync(data)
  await weir('keys list')
  assert.deepEqual(readdirSync(data), [])
})

test('a budget without any price is warned of when it is made, and not called unspent', async (context) => {
  const { weir } = place(context, '')
  const made = await weir('keys create --name a --budget 1/month')
  assert.equal(made.code, 0)
  assert.match(made.err, /^weir: warning: no model of the configuration has a price/)
  assert.match((await weir('keys list')).out, /budget {2}1\/month {2}- {2}no model has a price/)
  assert.equal((await weir('keys create --name b --requests 1/min')).err, '')
})

test('beside a broken configuration keys are listed and nothing is said of what is used', async (context) => {
  const { data, weir, json } = place(context, `${PRICED}auth: maybe\n`)
  assert.equal((await weir(`keys create --name a --budget 1/month --data-dir ${data}`)).code, 0)
  const { code, out } = await weir(`keys list --data-dir ${data}`)
  assert.equal(code, 0)
  assert.match(out, /budget {2}1\/month {2}- {2}the configuration is not valid/)
  assert.equal((await json(`keys list --data-dir ${data}`))[0]?.usage[0]?.['unknown'], 'unconfigured')
})

test('a key that another version made is listed as such, with nothing of what it says', async (context) => {
  const { data, weir, json } = place(context, '')
  await weir('keys create --name a --requests 60/min')
  const file = new DatabaseSync(keyStoreFile(data))
  file.exec(`UPDATE keys SET grant_json = '{"fortune": "good", "state": "active", "tenant": 7}'`)
  file.close()
  const { code, out } = await weir('keys list')
  assert.equal(code, 0)
  assert.match(out, /^a .* unreadable {2}- {7}all /m)
  assert.match(out, /\nunreadable: made by another version of Weir; .* \(a\)\.\n$/)
  const [listed] = await json('keys list')
  assert.deepEqual([listed?.['state'], listed?.usage, listed?.['fortune']], ['unreadable', [], undefined])
})

test('on a terminal lines fit into it, nearly spent budgets are yellow and spent ones red', async (context) => {
  for (const columns of [20, 40, 60, 80, 100, 120]) {
    const { weir, spend } = place(context, PRICED + NORTH, { isTTY: true, columns })
    const models = 'qwen3-coder-480b-a35b-instruct,deepseek-v3.1*,bge-m3'
    await weir(`keys create --name a-rather-long-name --tenant north --models ${models} --budget 1/month`)
    await weir('keys create --name b --budget 1/month')
    spend({ 'key:a-rather-long-name:budget:month': 1_000_000, 'key:b:budget:month': 800_000 })
    const { out } = await weir('keys list')
    assert.match(out, /\u001b\[31m {2}budget/)
    assert.match(out, /\u001b\[33m {2}budget/)
    const lines = out.replaceAll(/\u001b\[\d+m/g, '').split('\n')
    for (const line of lines.filter((each) => !/^(-:|tenant )/.test(each))) {
      assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`)
    }
    assert.match(lines[1] ?? '', columns < 40 ? /^a-rather/ : /^a-rather-long-name .*active .*never/)
    if (columns >= 80) assert.match(lines[1] ?? '', / wk_\w{8}_…/)
  }
})

test('a thousand keys with four limits each are listed in a moment', async (context) => {
  const limits = 'limits: { requests: 60/min, tokens: 100k/min, concurrent: 4, budget: 5/month }'
  const keys = Array.from({ length: 1_000 }, (_, at) => `  - { ${hashOf(`key-${at}`)}, ${limits} }\n`)
  const { weir, spend, json } = place(context, `${PRICED}keys:\n${keys.join('')}`)
  spend(Object.fromEntries(keys.map((_, at) => [`key:key-${at}:budget:month`, at * 5_000])))
  const startMs = performance.now()
  const { out } = await weir('keys list')
  const tookMs = performance.now() - startMs
  assert.equal(out.split('\n').length, 1 + 5_000 + 1 + 1 + 1)
  assert.match(out, /^key-999 .*\n(.*\n){3} {2}budget {6}5 CNY\/month {2}5\.00 used \(99%\) /m)
  assert.ok(tookMs < 10_000, `${tookMs} ms`)
  assert.deepEqual(
    (await json('keys list --used 99.9%')).map(({ name }) => name),
    ['key-999'],
  )
})

test('days of budgets are told in the time zone in which they begin', async (context) => {
  const { weir, clock, spend } = place(context, `${PRICED}timezone: Asia/Shanghai\n`)
  await weir('keys create --name a --budget 1/day')
  spend({})
  clock.advance(DAY_MS / 2)
  const { out } = await weir('keys list')
  assert.match(out, /0 used \(0%\) {2}1\.00 left, resets 2026-06-12\n/)
  assert.match(out, /\nDays of budgets begin at midnight in Asia\/Shanghai\.\n$/)
})
