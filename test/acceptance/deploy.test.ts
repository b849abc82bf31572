// The files by which the gateway is started, read by the programs that start it: Compose and systemd. Nothing is started here.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { test, type TestContext } from 'node:test'
import { inputOf, RICH } from '../../src/stack/fixtures/deploy-input.ts'
import { renderStack } from '../../src/stack/parts.ts'
import type { StackTarget } from '../../src/stack/stack.ts'
import { componentOrSkip } from '../support/component.ts'

const WITHIN_MS = 20_000
/** systemd's own scale: 0 is shut in, 10 is everything; above 2.5 it no longer says OK. */
const MOST_EXPOSURE_TENTHS = 25

interface Ended {
  readonly status: number | null
  readonly said: string
}

function run(
  binary: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Ended {
  const { status, stdout, stderr } = spawnSync(binary, args, {
    ...options,
    encoding: 'utf8',
    timeout: WITHIN_MS,
  })
  return { status, said: `${stdout}${stderr}` }
}

function write(
  context: TestContext,
  target: StackTarget,
  change = (text: string, _path: string) => text,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-deploy-'))
  context.after(() => rmSync(folder, { recursive: true }))
  for (const { path, text } of renderStack(inputOf(RICH, target))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), change(text, path))
  }
  return folder
}

test('Compose reads the stack, once somebody has chosen a password and named the group of the socket', (context) => {
  const binary = componentOrSkip(context, 'docker-compose')
  if (binary === undefined) return
  // Debian's Compose is older than the name of a project in the file.
  const cwd = write(context, 'compose', (text) => text.replace(/^name: weir$/m, ''))
  const env = { PATH: process.env['PATH'], HOME: cwd }
  const chosen = { ...env, GRAFANA_ADMIN_PASSWORD: 'chosen', DOCKER_GID: '999' }
  const both = ['-f', 'compose.yaml', '-f', 'compose.gpu.yaml', 'config', '-q']

  const without = run(binary, ['config', '-q'], { cwd, env })
  assert.notEqual(without.status, 0)
  assert.match(without.said, /there is no default password/)
  const empty = run(binary, ['config', '-q'], { cwd, env: { ...chosen, GRAFANA_ADMIN_PASSWORD: '' } })
  assert.match(empty.said, /there is no default password/)
  assert.deepEqual(run(binary, both, { cwd, env: chosen }), { status: 0, said: '' })
})

test('systemd reads the unit, and finds it well shut in', (context) => {
  const binary = componentOrSkip(context, 'systemd-analyze')
  if (binary === undefined) return
  // It looks whether the program is there.
  const cwd = join(
    write(context, 'files', (text) => text.replaceAll('/usr/bin/node', process.execPath)),
    'systemd',
  )

  assert.deepEqual(run(binary, ['verify', './weir.service'], { cwd }), { status: 0, said: '' })
  const limits = ['--offline=true', `--threshold=${MOST_EXPOSURE_TENTHS}`]
  const judged = run(binary, ['security', ...limits, '--no-pager', './weir.service'], { cwd })
  assert.equal(judged.status, 0, judged.said)
})

test('systemd finds a directive that it does not know', (context) => {
  const binary = componentOrSkip(context, 'systemd-analyze')
  if (binary === undefined) return
  const misspell = (text: string): string =>
    text.replaceAll('/usr/bin/node', process.execPath).replace('ProtectHome=', 'ProtectHomes=')
  const cwd = join(write(context, 'files', misspell), 'systemd')
  assert.match(run(binary, ['verify', './weir.service'], { cwd }).said, /ProtectHomes/)
})

test('the configuration of the guide makes every stack, and several gateways in a cluster', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/deploy.md'), 'utf8')
  const written = /^```yaml\n([\s\S]*?)^```/m.exec(guide)?.[1] ?? ''
  const textOf = (target: StackTarget, path: string): string =>
    renderStack(inputOf(written, target)).find((file) => file.path === path)?.text ?? assert.fail(path)
  assert.match(textOf('compose', 'compose.yaml'), /secrets\/backends-cloud-api-key/)
  assert.match(textOf('compose', 'compose.yaml'), /--storage\.tsdb\.retention\.time=35d/)
  assert.match(textOf('kubernetes', 'kubernetes/hpa.yaml'), /minReplicas: 2/)
  assert.match(textOf('files', 'systemd/weir.service'), /^Type=exec$/m)
})
