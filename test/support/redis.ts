// A real redis-server for one test: on a port of its own, without files, killed at the end.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import { componentOrSkip } from './component.ts'
import { findFreePort } from './free-port.ts'
import { until } from './weir.ts'

export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>
  /** Stops it from running without closing anything: a black hole. */
  freeze(): void
  thaw(): void
  /** Sends one command and returns the raw answer. */
  command(...words: readonly string[]): Promise<string>
}

/** Undefined where there is no redis-server: the test was skipped then. */
export async function startRedis(
  context: TestContext,
  ...flags: readonly string[]
): Promise<RedisServer | undefined> {
  const binary = componentOrSkip(context, 'redis')
  if (binary === undefined) return undefined
  const port = await findFreePort()
  let child: ChildProcess | undefined
  const command = (...words: readonly string[]): Promise<string> => ask(port, words)
  const start = async (): Promise<void> => {
    const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    child = spawn(binary, [...fixed, ...flags], { stdio: 'ignore' })
    await until(async () => (await command('PING').catch(() => '')).startsWith('+PONG'), 'redis-server')
  }
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  await start()
  context.after(kill)
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    restart: async () => {
      await kill()
      await start()
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    command,
  }
}

async function ask(port: number, words: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write(
      `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
    )
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}
