// The rules about imports do what they say: each is broken once in a small tree of its own and must be the one that objects.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { execFileSync } from 'node:child_process'
import configuration from '../../.dependency-cruiser.mjs'
import { IMPORT_TABLE } from '../../scripts/lint/import-table.mjs'
import { ROOT, textOf } from './repository.ts'

interface Violation {
  readonly rule: { readonly name: string }
  readonly from: string
}

// What breaks a rule, by the rule's name: a file, and what stands in it. Targets are made as empty files.
const BROKEN: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'core-imports': ['src/core/a.ts', "import '../access/keys.ts'"],
  'config-imports': ['src/config/a.ts', "import '../gateway/seal.ts'"],
  'access-imports': ['src/access/a.ts', "import '../gateway/seal.ts'"],
  'guard-imports': ['src/guard/a.ts', "import '../access/keys.ts'"],
  'records-imports': ['src/records/a.ts', "import '../slo/rules.ts'"],
  'alerting-imports': ['src/alerting/a.ts', "import '../slo/rules.ts'"],
  'telemetry-imports': ['src/telemetry/a.ts', "import '../gateway/seal.ts'"],
  'slo-imports': ['src/slo/a.ts', "import '../telemetry/registry.ts'"],
  'gateway-imports': ['src/gateway/a.ts', "import type { x } from '../telemetry/catalogue.ts'"],
  'stack-imports': ['src/stack/a.ts', "import '../slo/evaluate.ts'"],
  'stack-types-only': ['src/stack/b.ts', "import { x } from '../config/resolve.ts'"],
  'admin-imports': ['src/admin/a.ts', "import '../records/store.ts'"],
  'doctor-imports': ['src/doctor/a.ts', "import '../gateway/seal.ts'"],
  'load-imports': ['src/load/a.ts', "import '../gateway/seal.ts'"],
  'app-imports': ['src/app/a.ts', "import '../cli/run.ts'"],
  'cli-imports': ['src/cli/a.ts', "import '../gateway/seal.ts'"],
  'simulator-imports': ['src/simulator/a.ts', "import '../core/units.ts'"],
  'main-imports': ['src/main.ts', "import './app/app.ts'"],
  'subject-config-imports': ['src/gateway/config.ts', "import './seal.ts'"],
  'core-has-no-packages': ['src/core/b.ts', "import 'zod'"],
  'core-does-no-io': ['src/core/c.ts', "import 'node:fs'"],
  'simulator-is-node-only': ['src/simulator/b.ts', "import 'undici'"],
  'no-cycle': ['src/guard/c.ts', "import './d.ts'"],
  'no-orphan': ['src/guard/orphan.ts', 'export const alone = 1'],
  'no-development-package': ['src/guard/e.ts', "import 'fast-check'"],
  'no-undeclared-package': ['src/guard/f.ts', "import 'semver'"],
  'no-unresolvable': ['src/guard/g.ts', "import './nowhere.ts'"],
  'no-test-in-source': ['src/guard/h.ts', "import '../../test/support/component.ts'"],
  'no-import-of-a-test': ['src/guard/i.test.ts', "import './j.test.ts'"],
  'fastify-only-in-admin': ['src/guard/k.ts', "import 'fastify'"],
  'instrument-stays-outside': ['instrument/a.ts', "import '../src/core/units.ts'"],
  'console-sees-the-contract': ['console/a.ts', "import '../src/admin/routes.ts'"],
}

const ALLOWED: Readonly<Record<string, string>> = {
  'src/gateway/z.ts': "import '../core/units.ts'; import '../access/keys.ts'; import 'undici'",
  'src/slo/z.ts': "import '../telemetry/catalogue.ts'",
  'src/stack/z.ts': "import type { x } from '../config/resolve.ts'; import '../slo/rules.ts'",
  'src/config/z.ts': "import '../access/config.ts'; import 'yaml'",
  'src/access/config.ts': "import 'zod'; import '../core/units.ts'",
  'src/app/z.ts': "import '../gateway/seal.ts'; import '../telemetry/registry.ts'",
  'src/cli/z.ts': "import '../app/app.ts'; import '../simulator/server.ts'; import 'commander'",
  'src/core/z.ts': "import 'node:crypto'",
  'src/guard/z.test.ts': "import 'fast-check'; import './orphan-partner.ts'; import '../gateway/seal.ts'",
}

const EMPTY = [
  ...[
    'access/keys',
    'gateway/seal',
    'slo/rules',
    'slo/evaluate',
    'telemetry/registry',
    'telemetry/catalogue',
  ],
  ...[
    'config/resolve',
    'records/store',
    'cli/run',
    'core/units',
    'app/app',
    'admin/routes',
    'simulator/server',
  ],
  ...['guard/orphan-partner', 'guard/j.test'],
].map((name) => `src/${name}.ts`)

let tree = ''
let violations: readonly Violation[] = []

before(() => {
  tree = mkdtempSync(path.join(os.tmpdir(), 'weir-imports-'))
  const files = {
    ...Object.fromEntries(
      [...EMPTY, 'test/support/component.ts'].map((file) => [file, 'export const x = 1']),
    ),
    ...Object.fromEntries(Object.values(BROKEN)),
    ...ALLOWED,
    'src/guard/d.ts': "import './c.ts'",
    'node_modules/fastify/index.js': 'module.exports = 1',
    'node_modules/fastify/package.json': '{"name":"fastify","version":"1.0.0"}',
    'package.json': JSON.stringify({ ...manifest(), type: 'module' }),
    'tsconfig.json': textOf('tsconfig.json'),
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(tree, path.dirname(file)), { recursive: true })
    writeFileSync(path.join(tree, file), `${text}\n`)
  }
  for (const name of ['zod', 'undici', 'yaml', 'commander', 'fast-check', 'semver']) {
    symlinkSync(path.join(ROOT, 'node_modules', name), path.join(tree, 'node_modules', name))
  }
  violations = cruise(tree)
})

after(() => rmSync(tree, { recursive: true, force: true }))

function manifest(): object {
  const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<string, object>
  return { dependencies: { ...dependencies, fastify: '1.0.0' }, devDependencies }
}

function cruise(folder: string): readonly Violation[] {
  const tool = path.join(ROOT, 'node_modules', '.bin', 'depcruise')
  const config = path.join(ROOT, '.dependency-cruiser.mjs')
  const folders = ['src', 'test', 'console', 'instrument']
  const output = execFileSync(tool, ['--config', config, '--output-type', 'json', ...folders], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return (JSON.parse(output) as { summary: { violations: Violation[] } }).summary.violations
}

for (const [rule, [file]] of Object.entries(BROKEN)) {
  test(`${rule} objects when it is broken`, () => {
    const names = violations
      .filter((violation) => violation.from === file)
      .map((violation) => violation.rule.name)
    assert.ok(names.includes(rule), `of ${file} it is only said: ${names.join(', ') || 'nothing'}`)
  })
}

test('what the table allows is left in peace', () => {
  const wronged = violations.filter((violation) => violation.from in ALLOWED)
  assert.deepEqual(
    wronged.map((violation) => [violation.from, violation.rule.name]),
    [],
  )
})

test('every rule is broken here once, so that none is asleep', () => {
  const rules = (configuration.forbidden ?? []).map((rule) => rule.name ?? '')
  assert.deepEqual(Object.keys(BROKEN).toSorted(), rules.toSorted())
})

test('every rule says why it is there', () => {
  const silent = (configuration.forbidden ?? []).filter((rule) => (rule.comment ?? '').length < 20)
  assert.deepEqual(silent, [])
})

test('every folder of src has its row in the import table', () => {
  const folders = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true })
  const withoutRow = folders.filter((entry) => entry.isDirectory() && !(entry.name in IMPORT_TABLE))
  assert.deepEqual(
    withoutRow.map((entry) => entry.name),
    [],
  )
})
