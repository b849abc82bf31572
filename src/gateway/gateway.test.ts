import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import type { RequestRecord } from '../core/record.ts'
import { createRuntime } from './runtime.ts'
import { Gateway } from './gateway.ts'
import type { CallerRequest } from './http/caller/caller-request.ts'
import type { CallerResponse } from './http/caller/caller-response.ts'
import { toConfig } from '../../test/support/weir.ts'

/** A caller's connection on which no head can be written. */
class MuteResponse {
  readonly headersSent = false
  readonly socket = null
  readonly writableFinished = false
  destroyed = false
  #onClose: (() => void) | undefined

  onClose(callback: () => void): void {
    this.#onClose = callback
  }

  writeHead(): never {
    throw new TypeError('a header with a line break')
  }

  destroy(): void {
    this.destroyed = true
    this.#onClose?.()
  }
}

test('an answer that cannot be written ends the connection, and the request is sealed all the same', async () => {
  const clock = createManualClock()
  const { gateway: settings, access } = toConfig({})
  const records: RequestRecord[] = []
  const reports: string[] = []
  const gateway = new Gateway({
    runtime: createRuntime({ settings, access, clock }),
    clock,
    ids: { requestId: () => 'req_1', random: () => 0 } as never,
    report: (_level, message) => void reports.push(message),
    listener: 'tcp',
    onRecord: (record) => void records.push(record),
  })
  const request = {
    ...{ method: 'GET', url: '/nowhere', headers: { host: 'a' }, rawHeaders: ['host', 'a'], complete: true },
    ...{ httpVersionMinor: 1 },
  }
  const response = new MuteResponse()
  gateway.handle(request as unknown as CallerRequest, response as unknown as CallerResponse)
  await gateway.drain()
  assert.equal(response.destroyed, true)
  assert.deepEqual([gateway.opened, gateway.sealed], [1, 1])
  assert.deepEqual(
    records.map(({ code }) => code),
    ['internal'],
  )
  assert.deepEqual(reports, ['an error could not be told'])
  gateway.close()
})
