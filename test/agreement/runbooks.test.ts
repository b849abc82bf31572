// The runbooks against what they speak of: every alert has a page and every page an alert, and queries, commands and settings on
// them exist.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from '../../src/cli/program.ts'
import type { World } from '../../src/cli/world.ts'
import { isAlertingRule, type AlertingRule } from '../../src/slo/rules.ts'
import { toStackRules } from '../../src/stack/rules/stack-rules.ts'
import { assertAnswerable, toKnownSeries } from './support/known-series.ts'
import { FULL, PLAIN, toStackInput } from './support/stack-input.ts'

const ROOT = new URL('../../', import.meta.url)
const FOLDER = 'docs/guide/runbooks/'
const INDEX = 'README'

const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8')
const PAGES: ReadonlyMap<string, string> = new Map(
  readdirSync(new URL(FOLDER, ROOT))
    .map((file) => file.replace(/\.md$/, ''))
    .filter((name) => name !== INDEX)
    .map((name) => [name, read(`${FOLDER}${name}.md`)]),
)

const groups = [PLAIN, FULL].flatMap((written) =>
  toStackRules(toStackInput(written)).flatMap(({ rules }) => rules.groups),
)
const alerts: readonly AlertingRule[] = groups.flatMap(({ rules }) => rules.filter(isAlertingRule))

const blocks = (page: string, language: string): readonly string[] =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].flatMap(([, name, body = '']) =>
    name === language ? [body.trim()] : [],
  )

test('every alert leads to a page, and every page is led to', () => {
  const urls = alerts.map(({ annotations }) => annotations['runbook_url'] ?? '')
  const led = new Set(urls.map((url) => url.replace(FOLDER, '').replace(/\.md$/, '')))
  assert.deepEqual([...led].toSorted(), [...PAGES.keys()].toSorted())
})

test('an alert of ours leads to the page with its name', () => {
  for (const { alert, labels, annotations } of alerts)
    if (labels['rule'] === undefined) assert.equal(annotations['runbook_url'], `${FOLDER}${alert}.md`)
})

test('the index lists every page with a severity that its alert has', () => {
  const index = read(`${FOLDER}${INDEX}.md`)
  for (const [name, page] of PAGES) {
    const [, said = ''] =
      new RegExp(`\\| \\[${name}\\]\\(${name}\\.md\\)\\s+\\| ([^|]*?)\\s+\\|`).exec(index) ?? []
    assert.ok(said !== '', `${name} is in the index`)
    assert.ok(page.includes(`_Severity: ${said}._`), `${name} says "${said}"`)
    for (const { alert, labels } of alerts)
      if (alert === name) assert.match(said, new RegExp(labels['severity'] ?? ''), name)
  }
})

test('every page says how to see it, what to do and when it is a false alarm, in few words', () => {
  for (const [name, page] of PAGES) {
    const heads = [...page.matchAll(/^## (.*)$/gm)].map(([, head]) => head)
    assert.deepEqual(heads.slice(0, 3), ['See it', 'Do', 'False alarm'], name)
    assert.ok(page.startsWith(`# ${name}\n`), name)
    assert.ok(page.split('\n').length < 80, name)
  }
})

test('every query on a page asks for what is exposed or recorded', () => {
  const known = toKnownSeries(groups)
  for (const [name, page] of PAGES) {
    const queries = blocks(page, 'promql')
    assert.ok(queries.length > 0, `${name} has a query`)
    for (const query of queries) assertAnswerable(query, known)
  }
})

test('every command of ours on a page is one, with flags that it has', () => {
  const program = createCommands()
  for (const [name, page] of PAGES) {
    const lines = blocks(page, 'sh').flatMap((block) => block.split('\n'))
    const inText = [...page.matchAll(/`(weir [^`]+)`/g)].map(([, line = '']) => line)
    for (const line of [...lines, ...inText].filter((each) => each.startsWith('weir ')))
      assert.equal(complainOf(line, program), undefined, `${name}: ${line}`)
  }
})

/** Nothing is run: only what there is. */
function createCommands(): Command {
  const nowhere = { write: () => true, columns: 80 }
  const world = { streams: { stdout: nowhere, stderr: nowhere } } as unknown as World
  return createProgram({ world, exit: () => undefined })
}

function complainOf(line: string, program: Command): string | undefined {
  const words = line.split(/\s+/).slice(1)
  let command = program
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word)
    if (next === undefined) break
    command = next
  }
  if (command === program) return 'no command'
  const flags = words.filter((word) => word.startsWith('-'))
  const unknown = flags.find(
    (flag) => !command.options.some(({ short, long }) => flag === short || flag === long),
  )
  return unknown === undefined ? undefined : `no flag ${unknown}`
}

test('a command or a flag that does not exist is found out', () => {
  const program = createCommands()
  assert.equal(complainOf('weir sla check --json', program), undefined)
  assert.equal(complainOf('weir sla check --jsno', program), 'no flag --jsno')
  assert.equal(complainOf('weir slo', program), 'no command')
})

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly $ref?: string
}

test('every setting on a page is a key of the configuration', () => {
  const schema = JSON.parse(read('docs/reference/weir.schema.json')) as Schema
  for (const [name, page] of PAGES) {
    const [, settings = ''] = page.split(/^## Settings$/m)
    for (const [, path = ''] of settings.matchAll(/`([^`]+)`/g))
      assert.ok(hasPath(schema, path.split('.'), schema), `${name}: ${path}`)
  }
  assert.equal(hasPath(schema, ['backends[]', 'timeuots'], schema), false)
})

function hasPath(schema: Schema, path: readonly string[], root: Schema): boolean {
  const [step, ...rest] = path
  if (step === undefined) return true
  if (schema.$ref !== undefined) return hasPath(resolveRef(schema.$ref, root), path, root)
  const others = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  if (others.some((other) => hasPath(other, path, root))) return true
  const next = schema.properties?.[step.replace('[]', '')]
  if (next === undefined) return false
  if (!step.endsWith('[]')) return hasPath(next, rest, root)
  const lists = [next, ...(next.anyOf ?? []), ...(next.oneOf ?? [])]
  return lists.some(({ items }) => items !== undefined && hasPath(items, rest, root))
}

function resolveRef(ref: string, root: Schema): Schema {
  return ref
    .replace('#/', '')
    .split('/')
    .reduce<Schema>((at, step) => (at as Readonly<Record<string, Schema>>)[step] ?? {}, root)
}
