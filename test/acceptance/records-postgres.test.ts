// Two gateways that keep their records in one PostgreSQL, and `weir requests` that looks at them: from the door to the terminal.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startPostgres } from '../support/postgres.ts'
import { createShell } from '../support/shell.ts'
import { startStage, until, type Stage } from '../support/weir.ts'

async function ask({ url }: Stage, model = 'sim-chat'): Promise<{ status: number; id: string }> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] }),
  })
  await response.text()
  return { status: response.status, id: response.headers.get('x-request-id') ?? '' }
}

const toIds = (out: string): string[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { id: string }).id)

test('what two gateways served is found in one place, while they run and while the server is away', async (context) => {
  const server = await startPostgres(context)
  if (server === undefined) return
  const url = await server.createDatabase()
  const records = { store: url }
  const stages = [await startStage({ config: { records } }), await startStage({ config: { records } })]
  context.after(async () => {
    for (const stage of stages) await stage.stop()
  })
  const [one, two] = stages as [Stage, Stage]
  const weir = createShell(context, `records: { store: '${url}' }\n`)

  const served = [await ask(one), await ask(two), await ask(one)]
  const refused = await ask(two, 'no-such-model')
  assert.deepEqual(
    [...served, refused].map(({ status }) => status),
    [200, 200, 200, 404],
  )
  const all = async (): Promise<string[]> => toIds((await weir('requests --json')).out)
  await until(async () => (await all()).length === 4, 'four records')
  assert.deepEqual((await all()).toSorted(), [...served, refused].map(({ id }) => id).toSorted())

  assert.deepEqual(toIds((await weir('requests --json --status 4xx')).out), [refused.id])
  const table = await weir('requests --limit 3')
  assert.match(table.out, /^TIME .*\n(?:\d{4}-\d\d-\d\d .*\n){3}$/)
  const [, cursor] = /--cursor (\S+)/.exec(table.err) ?? []
  const rest = await weir(`requests --limit 3 --cursor ${cursor}`)
  assert.equal(rest.out.trim().split('\n').length, 2)
  assert.equal(rest.err, '')

  const [first] = served
  const shown = await weir(`requests --id ${first?.id}`)
  assert.equal(shown.code, 0)
  assert.match(shown.out, new RegExp(`^request {2}${first?.id}\\n`))
  assert.match(shown.out, /status {3}200 ok/)
  assert.match(shown.out, /\n1 sim .* success 200\n/)

  const wrong = await weir('requests --model sim-chta')
  assert.deepEqual([wrong.code, wrong.out], [0, ''])
  assert.match(wrong.err, /did you mean sim-chat\?/)
  assert.deepEqual((await weir('requests --id nobody')).code, 1)

  await server.kill()
  const meanwhile = [await ask(one), await ask(two)]
  assert.deepEqual(
    meanwhile.map(({ status }) => status),
    [200, 200],
  )
  const away = await weir('requests')
  assert.equal(away.code, 2)
  assert.match(
    away.err,
    /^error: the record store at postgres:\/\/\S+ cannot be used: nobody listens there\n$/,
  )
  await server.start()
  await until(async () => (await all()).length === 6, 'what was served meanwhile')
  assert.equal(new Set(await all()).size, 6)
  for (const stage of stages) assert.equal(await droppedBy(stage), 0)
})

async function droppedBy(stage: Stage): Promise<number> {
  const lines = (await stage.scrape())
    .split('\n')
    .filter((line) => line.startsWith('weir_records_dropped_total'))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

test('the configuration of the guide keeps records where it says', async (context) => {
  const server = await startPostgres(context)
  if (server === undefined) return
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/requests.md'), 'utf8')
  const examples = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)
  assert.equal(examples.length, 1)
  const url = await server.createDatabase()
  const file = (examples[0] ?? '').replace(/postgres:\/\/[^\s'"]+/, url)
  const weir = createShell(context, file)
  const before = await weir('requests')
  assert.equal(before.code, 2)
  assert.match(before.err, /is empty: no gateway has used it yet/)
  const stage = await startStage({ config: { records: { store: url } } })
  context.after(() => stage.stop())
  await ask(stage)
  await until(async () => (await weir('requests')).out.includes('sim-chat'), 'a record')
})
