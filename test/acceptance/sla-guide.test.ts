// The guide to `weir sla` and the first objective of the README: every command is run as it stands there, for somebody who has read
// nothing else.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { systemClock } from '../../src/core/clock.ts'
import { createShell } from '../support/shell.ts'
import { startStage, until, type Stage, type Written } from '../support/weir.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const blocksOf = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block)

/** Of a heading, to the next one. */
function sectionOf(text: string, heading: string): string {
  const [, after = ''] = text.split(`\n## ${heading}\n`)
  return after.split('\n## ')[0] ?? ''
}

async function serve(context: TestContext, config: Written): Promise<{ stage: Stage; data: string }> {
  const data = mkdtempSync(join(tmpdir(), 'weir-sla-guide-'))
  context.after(() => rmSync(data, { recursive: true, force: true }))
  const stage = await startStage({ config: { ...config, data } })
  context.after(() => stage.stop())
  return { stage, data }
}

async function ask(stage: Stage, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const response = await fetch(`${stage.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"model":"sim-chat","stream":true,"max_tokens":2,"messages":[{"role":"user","content":"hi"}]}',
    })
    await response.text()
  }
}

for (const [file, heading] of [
  ['README.md', 'A first promise'],
  ['README.zh-CN.md', '第一个承诺'],
] as const) {
  test(`the first objective of ${file} is written, kept, checked and reported as it stands there`, async (context) => {
    const section = sectionOf(read(file), heading)
    const [yaml = '', ...moreYaml] = blocksOf(section, 'yaml')
    assert.deepEqual(moreYaml, [])
    const commands = blocksOf(section, 'sh').join('').trim().split('\n')
    const config = parse(yaml) as Written
    const { stage, data } = await serve(context, config)
    const weir = createShell(context, JSON.stringify({ ...config, data }), {}, ahead(1))
    const lines = commands.map(
      (line) => /^npm run weir -- (.*?)(?: *#.*)?$/.exec(line)?.[1] ?? assert.fail(line),
    )
    assert.deepEqual(
      lines.map((line) => line.split(' ').slice(0, 2).join(' ').replace(/ -.*/, '')),
      ['check', 'sla check', 'sla report'],
    )
    const [check = '', slaCheck = '', report = ''] = lines

    assert.match((await weir(check)).out, /2 objectives\n {2}chat-available: 99\.5% of requests succeed/)
    await ask(stage, 3)
    // As the page says: not yet known.
    await until(async () => (await weir(slaCheck)).out.includes('only 3 requests'), 'three requests')
    assert.equal((await weir(slaCheck)).code, 2)
    await ask(stage, 17)
    await until(async () => (await weir(slaCheck)).code === 0, 'health')
    const written = await weir(report)
    assert.deepEqual([written.code, written.out], [0, ''])
    assert.match(written.err, /the report is in .*\.html/)
  })
}

/** So many minutes later: the minute that is not over is in no report. */
function ahead(minutes: number): { wall: () => number } {
  return { wall: () => systemClock.wall() + minutes * 60_000 }
}

test('every command of the guide runs as it stands there', async (context) => {
  const guide = read('docs/guide/sla.md')
  const config: Written = {
    slos: [{ name: 'available', sli: 'availability', objective: '99%', minEvents: 1 }],
  }
  const { stage, data } = await serve(context, config)
  await ask(stage, 3)
  const weir = createShell(context, JSON.stringify({ ...config, data }), {}, ahead(1))
  await until(async () => (await weir('sla check')).code === 0, 'health')
  const folder = mkdtempSync(join(tmpdir(), 'weir-sla-new-'))
  context.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'new.yaml'), JSON.stringify({ ...config, data }))
  const lines = blocksOf(guide, 'sh').join('').trim().split('\n')
  assert.equal(lines.length, 5)
  const month = new Date().toISOString().slice(0, 7)
  for (const line of lines) {
    const here = line
      .replace(/^weir /, '')
      .replace('new.yaml', join(folder, 'new.yaml'))
      .replace('october.html', join(folder, 'october.html'))
      .replace('2026-10 ', `${month} `)
      .replace('2026-10-01 --until 2026-10-14', `${month}-01`)
    const { code, err } = await weir(here)
    assert.equal(code, 0, `${here}\n${err}`)
  }
})

test('what the guide says of JSON is there', async (context) => {
  const config: Written = {
    slos: [{ name: 'available', sli: 'availability', objective: '99%', minEvents: 1 }],
  }
  const { stage, data } = await serve(context, config)
  await ask(stage, 3)
  const weir = createShell(context, JSON.stringify({ ...config, data }), {}, ahead(1))
  await until(async () => (await weir('sla check')).code === 0, 'health')
  const guide = read('docs/guide/sla.md')
  const check = JSON.parse((await weir('sla check --json')).out) as { objectives: Written[] }
  const known = new Set([...Object.keys(check), ...Object.keys(check.objectives[0] ?? {})])
  const said =
    sectionOf(guide, 'Now')
      .match(/^\| `(?!healthy|violation|unknown)[^|]+\|/gm)
      ?.join(' ') ?? ''
  const keys = [...said.matchAll(/`(?:objectives\[\]\.|\.)?([A-Za-z]+)`/g)].map(([, key = '']) => key)
  assert.ok(keys.length > 15)
  const optional = ['severity', 'because', 'attribution', 'maintenance', 'exhaustedInMs']
  for (const key of keys) assert.ok(known.has(key) || optional.includes(key), key)
  for (const key of known)
    assert.ok(keys.includes(key) || key === 'objectives' || key === 'attainedRatio', key)
  const report = JSON.parse((await weir('sla report --format json')).out) as { objectives: Written[] }
  const parts = Object.keys(report.objectives[0] ?? {})
  for (const key of [
    'good',
    'total',
    'bad',
    'excluded',
    'attainedRatio',
    'budget',
    'incidents',
    'outside',
    'worstHours',
    'coverage',
    'maintenance',
    'details',
  ])
    assert.ok(parts.includes(key) && guide.includes(`\`${key}`), key)
})
