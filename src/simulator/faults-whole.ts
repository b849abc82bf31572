// The whole (not streamed) answer, and the faults that strike in its middle: half a body, broken JSON, a giant one.

import { toErrorBody } from './dialects/errors.ts'
import type { Reply } from './faults-instead.ts'
import { MIDWAY_MESSAGE, writeGiant } from './faults-midway.ts'
import type { Job, Run } from './job.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

export async function respondWhole(reply: Reply, job: Job, run: Run): Promise<void> {
  const { x, wire } = reply
  if (x.gone) return
  const body = job.whole(run)
  const tokens = run.plan.steps.length
  if (x.faults.size > 0 && (await strikeWhole(reply, body, tokens))) return
  await wire.respond({ status: 200, contentType: JSON_TYPE, body, tokens })
}

/** True when a fault answered in its way. N tokens mean nothing here, so it is always the middle. */
async function strikeWhole(reply: Reply, body: string, tokens: number): Promise<boolean> {
  const { x, wire } = reply
  const { faults } = x
  if (faults.has('error-200') || faults.has('error-after')) {
    x.outcome = 'error'
    const trouble = { status: 500, message: MIDWAY_MESSAGE }
    const errorBody = toErrorBody(reply.api, reply.profile.kind, trouble)
    await wire.respond({ status: 200, contentType: JSON_TYPE, body: errorBody })
    return true
  }
  if (faults.has('malformed-after')) {
    const broken = body.slice(0, Math.floor(body.length / 2))
    await wire.respond({ status: 200, contentType: JSON_TYPE, body: broken, tokens })
    return true
  }
  const giant = faults.get('giant-line')
  if (giant !== undefined) {
    wire.openStream(JSON_TYPE)
    await wire.write('{"filler":"')
    await writeGiant(wire, x, giant)
    await wire.write(`",${body.slice(1)}`, tokens)
    await wire.end()
    return true
  }
  return breakOff(reply, body)
}

/** The headers promise all of it; half of it comes. */
async function breakOff({ x, wire }: Reply, body: string): Promise<boolean> {
  const { faults } = x
  const broken = faults.has('cut-after') || faults.has('reset-after') || faults.has('stall-after')
  if (!broken) return false
  wire.openStream(JSON_TYPE, ['content-length', String(Buffer.byteLength(body))])
  await wire.write(body.slice(0, Math.floor(body.length / 2)))
  await wire.flush()
  if (faults.has('cut-after')) x.cut()
  else if (faults.has('reset-after')) await x.reset()
  else await x.waitForLeave()
  return true
}
