// Another program holds our files for itself: the keys, the budgets and the records. Nobody waits for it, nobody is turned away, and what could
// not be written is written when they are free.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { hashKey } from '../../src/access/create-key.ts'
import { createSimulator } from '../../src/simulator/index.ts'
import { toRecordsFile } from '../../src/records/sqlite/store.ts'
import { startProcess, type WeirProcess } from '../acceptance/support/process.ts'
import { sumOf } from '../support/metrics.ts'
import { until } from '../support/weir.ts'

const run = promisify(execFile)
const MAIN = join(import.meta.dirname, '../../src/main.ts')
const FILED_KEY = 'wk_filed000_0123456789012345678901234567'
const LOCKED_FOR_MS = 4_000
const EVERY_MS = 40
/** A write that waited for the lock took 200 ms, once a second. A busy machine may be slow now and then. */
const SLOW_MS = 150
const MOST_SLOW = 1
const PRICE = { input: 1, output: 1, per: '1 token', currency: 'EUR' }
const BODY = JSON.stringify({
  model: 'sim-chat',
  max_tokens: 3,
  messages: [{ role: 'user', content: 'hello there' }],
})

const LOCKER = `
const { DatabaseSync } = require('node:sqlite')
for (const file of process.argv.slice(1)) new DatabaseSync(file).exec('BEGIN EXCLUSIVE')
process.stdout.write('locked')
process.stdin.resume()
`

/** A process that holds these files until it is told to end. */
async function lock(context: TestContext, files: readonly string[]): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, ['-e', LOCKER, ...files], { stdio: ['pipe', 'pipe', 'inherit'] })
  context.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

async function ask(weir: WeirProcess, key: string): Promise<{ status: number; ms: number }> {
  const startedMs = performance.now()
  const response = await fetch(`${weir.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: BODY,
  })
  await response.arrayBuffer()
  return { status: response.status, ms: performance.now() - startedMs }
}

function readBudget(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true })
  const row = database.prepare('SELECT sum(micros) AS micros FROM budgets_v1').get()
  database.close()
  return Number(row?.['micros'] ?? 0)
}

test('while another program has locked our files no request waits or fails, and budgets and records are written later', async (context) => {
  const simulator = createSimulator({ outputTokens: 3 })
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  context.after(() => simulator.close())
  const weir = await startProcess({
    config: {
      backends: [{ name: 'sim', url, kind: 'simulator' }],
      models: [{ name: 'sim-chat', price: PRICE }],
      keys: [{ name: 'filed', hash: hashKey(FILED_KEY), limits: { budget: '900000/month' } }],
    },
  })
  context.after(() => weir.destroy())
  const dataDir = join(dirname(weir.file), 'weir-data')
  const budgets = join(dataDir, 'budgets.db')
  const create = [
    MAIN,
    'keys',
    'create',
    '--name',
    'stored',
    '-c',
    weir.file,
    '--data-dir',
    dataDir,
    '--json',
  ]
  const { stdout } = await run(process.execPath, create, { cwd: dirname(weir.file) })
  const storedKey = (JSON.parse(stdout) as { key: string }).key
  await until(async () => (await ask(weir, storedKey)).status === 200, 'the new key is known')
  assert.equal((await ask(weir, FILED_KEY)).status, 200)
  await until(() => readBudget(budgets) > 0, 'the budget is written')
  const each = readBudget(budgets)

  const records = toRecordsFile(dataDir)
  const countRecords = (): number => {
    const database = new DatabaseSync(records, { readOnly: true })
    const row = database.prepare('SELECT count(*) AS count FROM records').get()
    database.close()
    return Number(row?.['count'])
  }
  const sealed = async (): Promise<number> =>
    sumOf(await (await fetch(weir.metricsUrl)).text(), 'weir_requests_total')
  await until(async () => countRecords() === (await sealed()), 'the records are written')
  const kept = countRecords()

  const unlock = await lock(context, [join(dataDir, 'weir.db'), budgets, records])
  let asked = 1
  const slow: number[] = []
  for (const endMs = performance.now() + LOCKED_FOR_MS; performance.now() < endMs; asked += 1) {
    for (const key of [FILED_KEY, storedKey]) {
      const { status, ms } = await ask(weir, key)
      assert.equal(status, 200)
      if (ms > SLOW_MS) slow.push(ms)
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
  assert.ok(slow.length <= MOST_SLOW, `slow: ${slow.map(Math.round).join(', ')} ms`)
  assert.equal(readBudget(budgets), each, 'nothing could be written')
  assert.equal(countRecords(), kept, 'nor could records')
  const said = (text: string): number => weir.lines().filter(({ msg }) => msg === text).length
  await until(() => said('spent budgets are not kept over a restart') === 1, 'the warning, once')
  assert.equal(said('records cannot be written; requests go on'), 1)

  await unlock()
  await until(() => readBudget(budgets) === asked * each, 'what was spent is written')
  await until(() => said('spent budgets are kept over a restart again') === 1, 'the all-clear, once')
  await until(async () => countRecords() === (await sealed()), 'every record that waited is written')
  assert.equal(said('records are written again'), 1)
  const page = await (await fetch(weir.metricsUrl)).text()
  assert.equal(sumOf(page, 'weir_records_dropped_total'), 0)
})
