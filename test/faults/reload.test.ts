// A hundred reloads under load, half of them of files that are broken in the ways in which files break: written halfway,
// naming a secret that is not there, swapped by a symbolic link as Kubernetes swaps a ConfigMap. No request notices.
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { stringify } from 'yaml'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { FREE_PORTS, startProcess, type WeirProcess } from '../acceptance/support/process.ts'
import { sumOf } from '../support/metrics.ts'
import { until, type Written } from '../support/weir.ts'
import { callers, judge } from './callers.ts'
import { talk, toRequest } from './wire.ts'

const RELOADS = 100
const CALLERS = 6
const streams = callers.filter(({ stream }) => stream)

let simulators: readonly Simulator[]
let weir: WeirProcess
before(async () => {
  simulators = [createSimulator({ outputTokens: 6 }), createSimulator({ outputTokens: 6 })]
  for (const simulator of simulators) await simulator.listen({ host: '127.0.0.1', port: 0 })
  weir = await startProcess({ config: servedBy(0) })
})
after(async () => {
  await weir.destroy()
  for (const simulator of simulators) await simulator.close()
})

function servedBy(index: number, more: Written = {}): Written {
  const url = simulators[index]?.address?.url
  return { ...FREE_PORTS, backends: [{ name: `sim-${index}`, url, kind: 'simulator', ...more }] }
}

/** What a reader sees of a file that is still being written: the rest of a value is missing. */
function halfOf(written: Written): string {
  const text = `# comments\n${stringify(written)}`
  return text.slice(0, text.indexOf('http://') + 3)
}

let versions = 0
/** The kubelet writes a new folder and swaps one link; the file itself is a link through it. */
function swapTo(text: string): void {
  const folder = dirname(weir.file)
  const version = `..version-${(versions += 1)}`
  mkdirSync(join(folder, version))
  writeFileSync(join(folder, version, 'weir.yaml'), text)
  symlinkSync(version, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  if (versions > 1) return
  symlinkSync('..data/weir.yaml', join(folder, 'weir.link'))
  renameSync(join(folder, 'weir.link'), weir.file)
}

const BREAKAGES: readonly { name: string; text: (good: Written) => string }[] = [
  { name: 'half-written', text: halfOf },
  { name: 'empty of sense', text: () => 'backends: 7\n' },

  {
    name: 'without its secret',
    text: () => stringify(servedBy(0, { apiKey: '${env:A_SECRET_THAT_IS_NOT_THERE}' })),
  },
]

const reloads = (): Readonly<Record<string, unknown>>[] =>
  weir
    .lines()
    .filter((line) => /^configuration reloaded|the old (one|configuration) stays$/.test(String(line['msg'])))

async function page(): Promise<string> {
  return (await fetch(weir.metricsUrl)).text()
}

test('a hundred reloads under load, half of them broken, fail no request', async (t) => {
  let over = false
  let served = 0
  const call = async (index: number): Promise<void> => {
    for (let round = index; !over; round += 1) {
      const caller = callers[round % callers.length]!
      const headers = { ...caller.headers, connection: 'close', 'x-sim-fault': 'slow-tokens=4' }
      const request = toRequest({ path: caller.path, body: caller.toBody('hi'), headers })
      assert.deepEqual(judge(caller, await talk(weir.port, request)), { kind: 'complete' }, caller.name)
      served += 1
    }
  }
  const long = streams.map((caller) => {
    const headers = { ...caller.headers, connection: 'close', 'x-sim-fault': 'slow-tokens=50,tokens=100' }
    const request = toRequest({ path: caller.path, body: caller.toBody('hi'), headers })
    return talk(weir.port, request).then((conversation) => judge(caller, conversation))
  })
  const calling = Promise.all(Array.from({ length: CALLERS }, (_, index) => call(index)))
  let brokenOnes = 0
  for (let round = 0; round < RELOADS; round += 1) {
    const isGood = round % 2 === 0
    const good = servedBy((round >> 1) % 2)
    const breakage = BREAKAGES[(round >> 1) % BREAKAGES.length]!
    const text = isGood ? stringify(good) : breakage.text(good)
    const seen = reloads().length
    // Every third version comes by a link, once the file has become one it stays one.
    if (versions > 0 || round % 3 === 2) swapTo(text)
    else weir.write(text)
    weir.kill('SIGHUP')
    await until(() => reloads().length > seen, 'the reload')
    const line = reloads()[seen]
    assert.equal(
      line?.['level'],
      isGood ? 'info' : 'error',
      `${isGood ? 'good' : breakage.name}: ${JSON.stringify(line)}`,
    )
    assert.equal(sumOf(await page(), 'weir_config_last_reload_success'), Number(isGood))
    if (!isGood) brokenOnes += 1
    const before = served
    await until(() => served > before, 'requests between two reloads')
  }
  over = true
  await calling
  for (const verdict of await Promise.all(long)) assert.deepEqual(verdict, { kind: 'complete' })
  assert.equal(brokenOnes, RELOADS / 2)
  const totals = simulators.map(({ ledger }) => ledger.totals.ended.complete)
  assert.ok(
    totals.every((total) => total > 0),
    'both have served',
  )
  t.diagnostic(`${served} requests, ${reloads().length} reloads`)
  await until(
    () => weir.lines().filter(({ msg }) => msg === 'request').length >= served + long.length,
    'their lines',
  )
  const outcomes = weir.lines().filter(({ msg, outcome }) => msg === 'request' && outcome !== 'ok')
  assert.deepEqual(outcomes, [])
})

test('a link that is swapped is noticed without a signal', async () => {
  const seen = reloads().length
  swapTo(stringify(servedBy(1, { timeouts: { total: '14m' } })))
  await until(() => reloads().length > seen, 'the swap')
  assert.deepEqual(
    reloads()
      .slice(seen)
      .map(({ level, reason }) => [level, reason]),
    [['info', 'file change']],
  )
})
