import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { test } from 'node:test'

const MODULE = path.join(import.meta.dirname, 'hand-over.mjs')

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** A process that hands over to `node -e program`, as setup.mjs does. */
function start(program: string, env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Ended> } {
  const source = `
    import { handOver } from ${JSON.stringify(MODULE)}
    process.exitCode = await handOver({
      program: process.execPath,
      args: ['-e', ${JSON.stringify(program)}],
      cwd: '/',
      pathFirst: ['/first', '/second'],
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, npm_lifecycle_event: undefined, ...env },
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    output: Buffer.concat(chunks).toString(),
  }))
  return { child, ended }
}

const SAYS_READY = "process.stdout.write('ready '); setInterval(() => {}, 1000);"

async function ready(child: ChildProcess): Promise<void> {
  if (child.stdout !== null) await once(child.stdout, 'data')
}

test('the exit code of the child becomes the exit code', async () => {
  const { ended } = start('process.exit(7)')
  assert.equal((await ended).code, 7)
})

test('a child that a signal ended ends the parent by the same signal', async () => {
  const { ended } = start("process.kill(process.pid, 'SIGKILL')")
  assert.equal((await ended).signal, 'SIGKILL')
})

test('the given folders come first on PATH, and the folder is the asked one', async () => {
  const { ended } = start('process.stdout.write(process.cwd() + " " + process.env.PATH)')
  assert.match((await ended).output, /^\/ \/first:\/second:/)
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} reaches the child, which ends in its own way`, async () => {
    const { child, ended } = start(`process.on('${signal}', () => process.exit(5)); ${SAYS_READY}`)
    await ready(child)
    child.kill(signal)
    assert.deepEqual(await ended, { code: 5, signal: null, output: 'ready ' })
  })
}

test('under npm, a parent that vanished ends the child: nothing may keep its port', async () => {
  const program = `process.stdout.write(process.pid + '\\n'); process.on('SIGTERM', () => process.exit(0)); ${SAYS_READY}`
  const source = `
    import { handOver } from ${JSON.stringify(MODULE)}
    await handOver({ program: process.execPath, args: ['-e', ${JSON.stringify(program)}], cwd: '/', pathFirst: [] })`
  // The shell stands where npm's stands: between npm and us.
  const shell = spawn('sh', ['-c', '"$0" --input-type=module -e "$1"; true', process.execPath, source], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, npm_lifecycle_event: 'start' },
  })
  const [first] = (await once(shell.stdout, 'data')) as [Buffer]
  const pid = Number.parseInt(first.toString(), 10)
  shell.kill('SIGKILL')
  // The pipe closes when the last process that holds it has ended.
  await once(shell, 'close')
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})
