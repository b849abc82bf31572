import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAlerting } from '../../alerting/alerting.ts'
import { MINUTE_MS, NOON_MS, toBurn, toDown, toTestPolicy } from '../../alerting/fixtures/alerts.ts'
import {
  createFakeReceiver,
  createMemoryDocuments,
  flush,
  type MemoryDocuments,
} from '../../alerting/fixtures/world.ts'
import { createAlertDesk } from '../../app/alert-desk.ts'
import type { TestedReceiver } from '../../app/asked.ts'
import { createManualClock } from '../../core/clock.ts'
import { systemIds } from '../../core/ids.ts'
import { RecordStoreError } from '../../records/store.ts'
import { run } from '../run.ts'
import type { World } from '../world.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-alerts-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const FILE = `
alerts:
  receivers: [{ name: oncall, kind: slack, url: "https://hooks.example/T1/secret-token" }]
`

interface Surroundings {
  readonly documents?: MemoryDocuments
  readonly nowMs?: number
  readonly env?: Readonly<Record<string, string>>
  readonly tested?: TestedReceiver
  readonly isWithoutStore?: true
  readonly userName?: string
}

async function weir(line: readonly string[], surroundings: Surroundings = {}) {
  const { documents = createMemoryDocuments(), nowMs = NOON_MS + 10 * MINUTE_MS } = surroundings
  const cwd = mkdtempSync(join(folder, 'case-'))
  writeFileSync(join(cwd, 'weir.yaml'), FILE)
  const written = { out: '', err: '' }
  const never = (): never => assert.fail('not a matter of alerts')
  const asked: string[] = []
  const world: World = {
    env: surroundings.env ?? { USER: 'ann' },
    readUserName: () => surroundings.userName,
    cwd,
    streams: {
      stdout: { write: (text) => (written.out += text) },
      stderr: { write: (text) => (written.err += text) },
    },
    signals: { on: never },
    ...{ ids: systemIds, clock: { wall: () => nowMs }, readBuild: never, serve: never, explainRoute: never },
    async openAlertDesk() {
      if (surroundings.isWithoutStore) throw new RecordStoreError('missing', 'There are no records yet.')
      const clock = { wall: () => nowMs }
      return createAlertDesk({ documents, clock, ids: systemIds, close: () => Promise.resolve() })
    },
    testReceiver({ receiver }) {
      asked.push(receiver)
      return Promise.resolve(surroundings.tested ?? { kind: 'slack', delivered: true, answer: 'ok' })
    },
  }
  const code = await run(['alerts', ...line], world)
  return { code, ...written, asked }
}

/** What a gateway writes down that has seen these for a while. */
async function watched(change: 'refusing' | 'taking' = 'taking'): Promise<MemoryDocuments> {
  const clock = createManualClock(NOON_MS)
  const documents = createMemoryDocuments()
  const receiver = createFakeReceiver()
  if (change === 'refusing') receiver.always = { result: 'retry', reason: 'status 503', afterMs: undefined }
  const alerting = createAlerting({
    setup: { policy: toTestPolicy(), notifiers: new Map([['oncall', receiver]]) },
    ...{ documents, clock, random: () => 0.5, report: () => undefined, count: () => undefined },
  })
  for (let tick = 0; tick < 4; tick += 1) {
    await alerting.evaluate([toBurn(), toDown('ollama-2')])
    clock.advance(15_000)
    await flush()
  }
  await alerting.evaluate([toBurn(), toDown('ollama-2')])
  await flush()
  return documents
}

test('list: without a gateway that ever looked, that is what is said', async () => {
  const { code, out } = await weir(['list'])
  assert.deepEqual([code, out], [0, 'No gateway has looked for alerts yet.\n'])
})

test('list: what holds, since when and who was told', async () => {
  const { code, out } = await weir(['list'], { documents: await watched(), nowMs: NOON_MS + 2 * MINUTE_MS })
  assert.equal(code, 0)
  assert.equal(
    out,
    `2 alerts, as of 1m ago.

page   SloBudgetBurn slo=chat-first-token
  chat-first-token spends its error budget 16.2 times as fast as allowed
  since 2026-10-03 12:00 UTC (2m)
  told oncall 2m ago

page   BackendDown backend=ollama-2
  backend ollama-2 does not answer
  since 2026-10-03 12:00 UTC (2m)
  told oncall 2m ago
`,
  )
})

test('list: the time is that of the latest evaluation, though nothing changed since the one before', async () => {
  const documents = await watched()
  const { out } = await weir(['list'], { documents, nowMs: NOON_MS + 60_000 + 7_000 })
  assert.match(out, /^2 alerts, as of 7s ago\.$/m)
})

test('list: who could not be told and why, and that no gateway has written for long', async () => {
  const { out } = await weir(['list'], {
    documents: await watched('refusing'),
    nowMs: NOON_MS + 60 * MINUTE_MS,
  })
  assert.match(out, /oncall has not been told \(last try: status 503\)/)
  assert.match(out, /No gateway has written since: is one running\?/)
})

test('list --json: one value with everything', async () => {
  const { out } = await weir(['list', '--json'], { documents: await watched() })
  const { alerts } = JSON.parse(out) as { alerts: { name: string; receivers: unknown[] }[] }
  assert.deepEqual(
    alerts.map(({ name }) => name),
    ['SloBudgetBurn', 'BackendDown'],
  )
})

test('silence: says until when, how much falls under it, and how to end it', async () => {
  const documents = await watched()
  const { code, out } = await weir(
    ['silence', 'slo=chat-*', '--for', '2h', '--reason', 'deploying the new model'],
    { documents },
  )
  assert.equal(code, 0)
  assert.match(
    out,
    /^Silenced until 2026-10-03 14:10 UTC \(2h\)\. One alert that holds now falls under it\.$/m,
  )
  const id = /--expire ([0-9a-f]{8})$/m.exec(out)?.[1] ?? ''
  const listed = await weir(['silence'], { documents })
  assert.equal(listed.out, `${id}  slo=chat-*  for 2h more, 1 muted, by ann: deploying the new model\n`)
  const ended = await weir(['silence', '--expire', id], { documents })
  assert.deepEqual([ended.code, ended.out], [0, `Silence ${id} (slo=chat-*) is over.\n`])
  assert.equal((await weir(['silence', '--expire', id], { documents })).code, 1)
})

test('silence: what nothing falls under now is said to be there for what begins', async () => {
  const { out } = await weir(['silence', 'slo=other', '--for', '30m', '--reason', 'x', '--by', 'bob'])
  assert.match(out, /Nothing that holds now falls under it/)
})

const REFUSED: Readonly<Record<string, readonly [line: readonly string[], message: RegExp]>> = {
  'a silence without an end': [['silence', 'slo=a', '--reason', 'x'], /^error: --for: expected a duration/m],
  'a silence that is over at once': [['silence', 'slo=a', '--for', '0', '--reason', 'x'], /--for: expected/],
  'a silence that outlives everybody': [
    ['silence', 'slo=a', '--for', '900000000d', '--reason', 'x'],
    /^error: --for: a silence lasts a year at most$/m,
  ],
  'a silence without a reason': [['silence', 'slo=a', '--for', '2h'], /^error: --reason: say why/m],
  'a condition without a value': [
    ['silence', 'slo', '--for', '2h', '--reason', 'x'],
    /^error: "slo": expected a condition such as slo=chat-\*$/m,
  ],
  'flags of a silence without conditions': [['silence', '--for', '2h'], /which alerts is it to hold for\?/],
  'an end and a beginning at once': [['silence', 'slo=a', '--expire', 'x'], /leave the conditions out/],
}

for (const [what, [line, message]] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, async () => {
    const documents = createMemoryDocuments()
    const { code, err } = await weir(line, { documents })
    assert.equal(code, 2)
    assert.match(err, message)
    assert.equal(documents.texts.size, 0)
  })
}

test('the line of a message works as it is pasted, also where no variable says who is there', async () => {
  const documents = createMemoryDocuments()
  const line = ['silence', 'slo=a', '--for', '2h', '--reason', '...']
  const { code } = await weir(line, { documents, env: {}, userName: 'root' })
  assert.equal(code, 0)
  const { out } = await weir(['silence'], { documents })
  assert.match(out, /by root/)
})

test('refused: a silence by nobody', async () => {
  const { code, err } = await weir(['silence', 'slo=a', '--for', '2h', '--reason', 'x'], { env: {} })
  assert.deepEqual([code, err], [2, 'error: --by: say who you are\n'])
})

test('test: says what the service answered, and ends with 1 when it did not take it', async () => {
  const good = await weir(['test', 'oncall'])
  assert.deepEqual([good.code, good.asked], [0, ['oncall']])
  assert.equal(good.out, 'oncall (slack) took the test message: ok\n')
  const bad = await weir(['test', 'oncall'], {
    tested: { kind: 'slack', delivered: false, answer: 'status 404 no_service' },
  })
  assert.deepEqual(
    [bad.code, bad.err],
    [1, 'error: oncall (slack) did not take the test message: status 404 no_service\n'],
  )
  assert.doesNotMatch(bad.err, /secret-token/)
})

test('test: a receiver that is not there is told by the nearest name', async () => {
  const { code, err } = await weir(['test', 'oncal'], { tested: { known: ['oncall'] } })
  assert.deepEqual([code, err], [2, 'error: there is no receiver oncal; did you mean oncall?\n'])
})

test('records that are not there are said so', async () => {
  const { code, err } = await weir(['list'], { isWithoutStore: true })
  assert.deepEqual([code, err], [2, 'error: There are no records yet.\n'])
})

test('a label that would move the cursor is shown harmless', async () => {
  const documents = await watched()
  await weir(['silence', 'slo=chat-*', '--for', '2h', '--reason', '\u001b[2Jgone'], { documents })
  const { out } = await weir(['list'], { documents })
  assert.ok(!out.includes('\u001b'))
})
