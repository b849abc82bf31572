// docs/guide/keys.md, held to what it says: its commands are run in their order, its configuration is read.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { createSystemWorld } from '../../src/cli/system.ts'
import { createLoader } from '../../src/config/load.ts'
import { createManualClock } from '../../src/core/clock.ts'
import { budgetFile, openSqliteBudgetStore } from '../../src/access/limits/budgets/sqlite-budget-store.ts'
import { createShell } from '../support/shell.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/keys.md', import.meta.url), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'weir-guide-'))
after(() => rmSync(folder, { recursive: true }))

const blocks = (language: string): readonly string[] =>
  [...GUIDE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    (block) => block[1] ?? '',
  )

test('every command of the guide does what it is there for', async () => {
  const lines = blocks('sh').flatMap((block) => block.split('\n').filter((line) => line !== ''))
  assert.ok(lines.length >= 7)
  for (const line of lines) {
    const said = { out: '', err: '' }
    const code = await run(toWords(line), {
      ...createSystemWorld(),
      env: {},
      cwd: folder,
      streams: {
        stdout: { write: (text) => (said.out += text) },
        stderr: { write: (text) => (said.err += text) },
      },
    })
    assert.deepEqual([code, said.err], [0, ''], line)
    assert.notEqual(said.out, '', line)
  }
})

test('every configuration of the guide is valid', () => {
  const files = blocks('yaml')
  assert.equal(files.length, 3)
  for (const text of files) {
    const file = join(folder, 'weir.yaml')
    writeFileSync(file, text)
    const result = createLoader({ file, env: {}, cwd: folder, given: [] })()
    assert.ok(result.ok, JSON.stringify(result.ok ? '' : result.problems))
  }
})

const HINT = /wk_\w{8}_….{4}/g

test('the list of the guide is what the command prints, and its fields are those that programs get', async (context) => {
  const config = blocks('yaml').find((text) => text.startsWith('models:')) ?? ''
  const data = join(folder, 'listed')
  const nowMs = Date.UTC(2026, 5, 10, 12)
  const weir = createShell(context, `data: ${data}\n${config}`, {}, createManualClock(nowMs))
  const limits = '--requests 60/min --tokens 100k/min --concurrent 4 --budget 50/month'
  await weir(`keys create --name team-a --tenant north --models qwen3*,bge-m3 --expires 90d ${limits}`)
  await weir('keys create --name batch --tenant research')
  const store = openSqliteBudgetStore(budgetFile(data))
  const month = { startMs: Date.UTC(2026, 5, 1), endMs: Date.UTC(2026, 6, 1) }
  store.add([
    { id: 'key:team-a:budget:month', ...month, micros: 41_280_000 },
    { id: 'tenant:north:budget:month', ...month, micros: 57_900_000 },
  ])
  store.close()
  const [printed = ''] = blocks('text')
  const { code, out } = await weir('keys list')
  assert.deepEqual([code, out.replaceAll(HINT, '')], [0, printed.replaceAll(HINT, '')])
  const listed = JSON.parse((await weir('keys list --json')).out) as readonly Record<string, unknown>[]
  const uses = listed.flatMap(({ usage }) => usage as readonly Record<string, unknown>[])
  const fields = new Set([...listed, ...uses].flatMap(Object.keys))
  assert.ok(fields.size >= 18)
  for (const field of fields) assert.match(GUIDE, new RegExp(`\`(usage\\[\\]\\.)?${field}\``), field)
})

test('every setting of a key is in the guide', () => {
  const file = blocks('yaml').find((text) => text.startsWith('keys:')) ?? ''
  const page = readFileSync(new URL('../../docs/reference/config.md', import.meta.url), 'utf8')
  const section = page.slice(
    page.indexOf('\n## keys\n'),
    page.indexOf('\n## ', page.indexOf('\n## keys\n') + 4),
  )
  const settings = [...section.matchAll(/^\| `(\w+)[.`]/gm)].map((match) => match[1] ?? '')
  assert.ok(settings.length >= 9)
  for (const setting of settings)
    assert.ok(file.includes(`${setting}:`) || GUIDE.includes(`\`${setting}\``), setting)
})

/** The words of a command line after its program, without the quotes that keep a shell's hands off them. */
function toWords(line: string): readonly string[] {
  const [program, ...words] = line.split(' ')
  assert.equal(program, 'weir')
  return words.map((word) => word.replaceAll("'", ''))
}
