// The dashboards as files, against the types that Grafana publishes of itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { FULL, toInput } from './fixtures/input.ts'
import { renderGrafana } from './grafana.ts'

const CHECKED_FILE = fileURLToPath(new URL('fixtures/checked.ts', import.meta.url))
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
}

/** By place: what the compiler says of each dashboard, as if somebody had typed it in. One run: to start takes longest. */
function check(texts: readonly string[]): readonly (readonly string[])[] {
  const lines = texts.map(
    (text, index) => `export const file${index}: DashboardFile = ${JSON.stringify(JSON.parse(text))}`,
  )
  const source = [...lines, "import type { DashboardFile } from './schema.ts'"].join('\n')
  const host = ts.createCompilerHost(OPTIONS)
  const plain = ts.createCompilerHost(OPTIONS)
  host.fileExists = (name) => name === CHECKED_FILE || plain.fileExists(name)
  host.getSourceFile = (name, ...rest) =>
    name === CHECKED_FILE
      ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022)
      : plain.getSourceFile(name, ...rest)
  const found = texts.map((): string[] => [])
  for (const { file, start = 0, messageText } of ts.getPreEmitDiagnostics(
    ts.createProgram([CHECKED_FILE], OPTIONS, host),
  )) {
    const message = ts.flattenDiagnosticMessageText(messageText, '\n')
    const line = file?.getLineAndCharacterOfPosition(start).line
    const ofText = file?.fileName === CHECKED_FILE && line !== undefined ? found[line] : undefined
    assert.ok(ofText, message)
    ofText.push(message)
  }
  return found
}

/** One change each, and what is said of it. */
const SPOILT: readonly (readonly [from: string, to: string, said: RegExp])[] = [
  ['"drawStyle": "line"', '"drawStlye": "line"', /drawStlye.* does not exist/],
  ['"drawStyle": "line"', '"drawStyle": "lines"', /"lines".* not assignable/],
  ['"graphMode": "none"', '"graphMode": 1', /number.* not assignable/],
  ['"mode": "palette-classic"', '"mode": "palette-clasic"', /palette-clasic.* not assignable/],
  ['"type": "timeseries"', '"type": "graph"', /"graph".* not assignable/],
  ['"format": "heatmap"', '"format": "heat"', /"heat".* not assignable/],
  ['"includeAll": true', '"includesAll": true', /includesAll.* does not exist/],
]

test('dashboards hold nothing that Grafana does not know, and a misspelt word would be found', () => {
  const files = renderGrafana(toInput(FULL)).filter(({ path }) => path.endsWith('.json'))
  const service = files.find(({ path }) => path.endsWith('/service.json'))?.text ?? ''
  const spoilt = SPOILT.map(([from, to]) => {
    assert.ok(service.includes(from), from)
    return service.replace(from, to)
  })
  const found = check([...files.map(({ text }) => text), ...spoilt])
  assert.deepEqual(
    files.map(({ path }, at) => [path, found[at]]),
    files.map(({ path }) => [path, []]),
  )
  for (const [at, [, to, said]] of SPOILT.entries()) {
    assert.match((found[files.length + at] ?? []).join('\n'), said, to)
  }
})
