import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { run } from '../run.ts'
import type { World } from '../world.ts'

interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

const WITH_RECEIVER = `
alerts:
  receivers: [{ name: ops, kind: slack, url: "https://hooks.slack.com/services/T/B/hunter2" }]
`

/** A folder with a weir.yaml, and the command line in it. */
function open(t: TestContext, file = 'listen: 127.0.0.1:18789\n') {
  const cwd = mkdtempSync(join(tmpdir(), 'weir-stack-cli-'))
  t.after(() => rmSync(cwd, { recursive: true }))
  const at = (path: string): string => join(cwd, path)
  const put = (path: string, text: string): void => writeFileSync(at(path), text)
  put('weir.yaml', file)
  const weir = async (line: string): Promise<Said> => {
    const written = { out: '', err: '' }
    const world = {
      ...{ env: {}, cwd, readBuild: () => ({ version: '1.2.3', commit: 'test' }) },
      streams: {
        stdout: { write: (text: string) => (written.out += text) },
        stderr: { write: (text: string) => (written.err += text) },
      },
    } as unknown as World
    return { code: await run(line.split(' '), world), ...written }
  }
  return { weir, at, put, read: (path: string): string => readFileSync(at(path), 'utf8') }
}

test('init writes the files of a target, says which, and what to do next', async (t) => {
  const { weir, read } = open(t)
  const { code, out, err } = await weir('stack init obs --target files')
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^obs, for files, from weir\.yaml:\n/)
  assert.match(out, /^ {2}written +prometheus\/prometheus\.yml$/m)
  assert.match(out, /\nNext, in obs:\n {2}# Check the files[^]*promtool check config/)
  assert.match(read('obs/README.md'), /Weir 1\.2\.3/)
  const again = await weir('stack init obs')
  assert.equal(again.code, 0)
  assert.match(again.out, /^obs, for files, from weir\.yaml:\n\d+ files are as they should be\n/)
})

test('without a target it is for compose', async (t) => {
  const { weir, at } = open(t)
  assert.match((await weir('stack init obs')).out, /^obs, for compose, from weir\.yaml:/)
  assert.ok(existsSync(at('obs/compose.yaml')))
})

test('a changed file is kept with exit 1, shown by diff, and overwritten by force only', async (t) => {
  const { weir, put, read } = open(t)
  await weir('stack init obs --target files')
  put('obs/README.md', 'mine\n')
  const kept = await weir('stack init obs')
  assert.equal(kept.code, 1)
  assert.match(kept.out, /^ {2}kept +README\.md {2}\(changed by hand\)$/m)
  assert.match(
    kept.out,
    /^Kept as they are; weir stack diff obs shows the difference, --force overwrites them\.$/m,
  )
  assert.equal(read('obs/README.md'), 'mine\n')
  const shown = await weir('stack diff obs')
  assert.equal(shown.code, 1)
  assert.match(shown.out, /^edited +README\.md[^]*^-mine$[^]*^1 of \d+ files differ, for files\./m)
  const forced = await weir('stack init obs --force')
  assert.equal(forced.code, 0)
  assert.match(forced.out, /^ {2}overwritten +README\.md {2}\(changed by hand\)$/m)
  assert.equal((await weir('stack diff obs')).code, 0)
})

test('a folder that lost what tells its target is not taken for one of compose', async (t) => {
  const { weir, at } = open(t)
  await weir('stack init obs --target files')
  rmSync(at('obs/.weir-stack.json'))
  for (const line of ['stack init obs', 'stack init obs --force', 'stack diff obs']) {
    const { code, err } = await weir(line)
    assert.equal(code, 2, line)
    assert.match(err, /obs holds files for Prometheus already.*: say it with --target\n$/, line)
    assert.ok(!existsSync(at('obs/compose.yaml')))
  }
  assert.equal((await weir('stack init obs --target files')).code, 0)
})

test('diff sees that the configuration has changed, for people and for programs', async (t) => {
  const { weir, put } = open(t)
  const before = await weir('stack diff obs --target files')
  assert.equal(before.code, 1)
  assert.match(before.out, /Nothing was ever written here\./)
  await weir('stack init obs --target files')
  const same = await weir('stack diff obs --json')
  assert.equal(same.code, 0)
  assert.equal((JSON.parse(same.out) as { drift: boolean }).drift, false)
  put('weir.yaml', 'metrics: { path: /m }\n')
  const { code, out } = await weir('stack diff obs --json')
  const { drift, target, files } = JSON.parse(out) as {
    drift: boolean
    target: string
    files: { path: string; state: string; diff?: string }[]
  }
  assert.deepEqual([code, drift, target], [1, true, 'files'])
  const [changed] = files.filter(({ path }) => path === 'prometheus/prometheus.yml')
  assert.equal(changed?.state, 'outdated')
  assert.match(changed.diff ?? '', /^-.*metrics_path: \/metrics\n\+.*metrics_path: \/m$/m)
})

test('who would be told twice is warned, and no secret is written anywhere', async (t) => {
  const { weir, read } = open(t, WITH_RECEIVER)
  const { code, err } = await weir('stack init obs --target files')
  assert.equal(code, 0)
  assert.match(
    err,
    /people would be told twice, by Weir and by Alertmanager: write alerts\.deliver: alertmanager/,
  )
  assert.doesNotMatch(read('obs/alertmanager/alertmanager.yml'), /hunter2/)
  assert.match(read('obs/README.md'), /alertmanager\/secrets\/alerts-receivers-ops-url/)
  assert.equal((await weir('stack init compose')).err, '')
})

test('a folder that is a file, and a configuration that is not valid, are wrong usage', async (t) => {
  const { weir, put } = open(t)
  put('obs', 'mine\n')
  for (const line of ['stack init obs', 'stack diff obs']) {
    const { code, err } = await weir(line)
    assert.equal(code, 2, line)
    assert.match(err, /^error: .*obs is a file; name a folder\n$/, line)
  }
  for (const line of ['stack init ', 'stack diff ']) {
    const { code, out, err } = await weir(line)
    assert.deepEqual(
      [code, out, err],
      [2, '', 'error: DIR is empty; name a folder, or . for this one\n'],
      line,
    )
  }
  put('weir.yaml', 'listen: nowhere\n')
  assert.equal((await weir('stack init other')).code, 2)
  assert.match(
    (await weir('stack init other --target swarm')).err,
    /Allowed choices are compose, kubernetes, files/,
  )
})
