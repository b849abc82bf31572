// The doctor's questions put to a set-up that a test has made for real: the answers of one check, and what must hold for all.
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { createSetup } from '../../src/app/doctor.ts'
import { systemClock } from '../../src/core/clock.ts'
import { systemIds } from '../../src/core/ids.ts'
import type { Options, Setup } from '../../src/doctor/check.ts'
import { CHECKS } from '../../src/doctor/checks.ts'
import type { Status } from '../../src/doctor/finding.ts'
import { diagnose, type Answer } from '../../src/doctor/run.ts'
import { createSimulator, type ProfileInput, type Simulator } from '../../src/simulator/index.ts'
import { toConfig, type Written } from './weir.ts'

export interface Examined {
  readonly written: Written
  readonly options?: Partial<Options>
  /** Checks, groups, or `check:subject`. */
  readonly only: readonly string[]
  /** What stands in for parts of the set-up. */
  readonly instead?: Partial<Setup>
}

const OPTIONS: Options = { places: {}, generate: false, generateMs: 2_000, notify: false }

export async function examine({ written, options, only, instead }: Examined): Promise<readonly Answer[]> {
  const asked = { config: toConfig(written), options: { ...OPTIONS, ...options } }
  const setup = { ...(await createSetup(asked, { clock: systemClock, ids: systemIds })), ...instead }
  return diagnose({ checks: CHECKS, setup, only })
}

/** The only answer of a check; fails when there is another number of them. */
export async function examineOne(
  examined: Omit<Examined, 'only'> & { readonly only: string },
): Promise<Answer> {
  const answers = await examine({ ...examined, only: [examined.only] })
  const [check, subject] = examined.only.split(':')
  const own = answers.filter(
    (each) => each.check === check && (subject === undefined || each.subject === subject),
  )
  assert.equal(own.length, 1, JSON.stringify(answers, undefined, 1))
  const [answer] = own
  assert.ok(answer !== undefined)
  return answer
}

/** What is not well says what it means, and how it is mended. */
export function assertAnswer(answer: Answer, status: Status, words: RegExp, fix?: RegExp): void {
  const shown = JSON.stringify(answer)
  assert.equal(answer.status, status, shown)
  assert.match(answer.seen, words, shown)
  if (status === 'warn' || status === 'fail') assert.ok(answer.means !== undefined, shown)
  if (fix !== undefined) assert.match(answer.fix ?? '', fix, shown)
}

/** A pretend model server for one test, and its address. */
export async function startModelServer(
  t: TestContext,
  profile: ProfileInput,
  host = '127.0.0.1',
): Promise<{ readonly url: string; readonly port: number; readonly simulator: Simulator }> {
  const simulator = createSimulator({ onlyOwnPaths: true, ...profile })
  const { port } = await simulator.listen({ host, port: 0 })
  t.after(() => simulator.close())
  return { url: `http://127.0.0.1:${port}`, port, simulator }
}

/** A server of anything for one test. */
export async function startServer(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Pages by path, with or without a query; others are not there. */
export function servePages(pages: Readonly<Record<string, unknown>>): RequestListener {
  return (request, response) => {
    const url = request.url ?? ''
    const page = pages[url] ?? pages[url.split('?')[0] ?? '']
    response.statusCode = page === undefined ? 404 : 200
    response.end(typeof page === 'string' ? page : JSON.stringify(page ?? { error: 'not found' }))
  }
}
