// Do metrics answer on their path, only to whom they should, and do they move when a request is made?
import { sleep } from '../../core/clock.ts'
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { isEveryInterface, isLoopback, isPublic } from '../ask/addresses.ts'
import { cut } from '../ask/json.ts'
import { askDoor, doorTo, familiesOf, readMetrics, sumOf } from '../ask/weir.ts'
import type { Asked, Check } from '../check.ts'
import { fail, ok, warn, type Finding } from '../finding.ts'
import { startCommand } from './gateway.ts'

export const metrics: Check = {
  name: 'metrics',
  group: 'gateway',
  question: 'Do metrics answer on their path?',
  needs: ['gateway'],
  blocks: 'metrics do not answer',
  async ask({ setup, asker }) {
    const { path } = setup.config.telemetry.metrics
    const door = doorTo(setup, 'metrics')
    const told = await readMetrics({ setup, asker })
    if ('failure' in told) {
      return fail(`${door.shown}${path}: ${told.failure.text}`, {
        means:
          'The gateway runs, but its metrics listener is elsewhere: it was started with another configuration',
        fix: `its log has the line "metrics server started on …"; start it anew with this one: ${startCommand(setup)}`,
      })
    }
    const { status, text } = told.page
    if (status !== 200) {
      return fail(`GET ${path} on ${door.shown} is answered with ${status}: ${cut(text)}`, {
        means: 'The path is another than this configuration says, so Prometheus finds nothing either',
        fix: `start the gateway anew (${startCommand(setup)}), or write the path it names: metrics: { path: … }`,
      })
    }
    const families = familiesOf(text)
    if (!families.includes(CATALOGUE.buildInfo.name))
      return fail(`GET ${path} on ${door.shown} is no metrics page of a gateway`, {
        means: 'Somebody else answers there',
      })
    return ok(`${families.length} metrics at ${door.shown}${path}`)
  },
}

export const metricsClosed: Check = {
  name: 'metrics-closed',
  group: 'gateway',
  question: 'Do metrics not answer to the outside?',
  async ask({ setup }) {
    const { listen } = setup.config.telemetry.metrics
    if (listen.kind === 'unix') return ok('metrics are on a socket file of this machine')
    const every = isEveryInterface(listen.host)
    const reached = every ? setup.machine.addresses() : [listen.host ?? '']
    const open = reached.filter(isPublic)
    const fix = 'metrics: { listen: 127.0.0.1:9464 }, or the address of the network Prometheus is in'
    const means =
      'Names of models, backends and keys’ tenants, and how much is asked, can be read without a key'
    const where = doorTo(setup, 'metrics').shown
    if (open.length > 0)
      return fail(`metrics listen on ${where}, which is ${open.join(', ')}: public`, { means, fix })
    const inside = reached.filter((address) => !isLoopback(address) && address !== 'localhost')
    if (inside.length === 0) return ok(`metrics listen on ${where} for this machine alone`)
    if (!every) return ok(`metrics listen on ${where}, a private address`)
    return warn(
      `metrics listen on ${where}: every network of this machine (${inside.slice(0, 3).join(', ')})`,
      {
        means: `${means}; in a container that publishes no port of it this is as it should be`,
        fix,
      },
    )
  },
}

const ROUND_MS = 50
/** Records are counted when the answer is over, a moment after it was received. */
const MOVES_WITHIN_MS = 2_000

export const metricsMove: Check = {
  name: 'metrics-move',
  group: 'gateway',
  question: 'Do metrics move when a request is made?',
  needs: ['metrics'],
  async ask(asked) {
    const before = await countRequests(asked)
    // A list that the gateway makes itself: no model is asked. Without a key it is refused, which is counted as well.
    const told = await askDoor(asked.asker, doorTo(asked.setup, 'gateway'), {
      path: '/v1/models',
      fresh: true,
      headers: keyHeaders(asked),
    })
    if ('failure' in told)
      return fail(`GET /v1/models: ${told.failure.text}`, {
        means: 'The gateway takes connections and does not answer',
      })
    const untilMs = asked.clock.now() + MOVES_WITHIN_MS
    while (asked.clock.now() < untilMs) {
      const now = await countRequests(asked)
      if (now > before) return judgeStatus(asked, told.page.status)
      await sleep(asked.clock, ROUND_MS)
    }
    return fail(`GET /v1/models was answered with ${told.page.status}, and ${REQUESTS} did not move`, {
      means: 'The metrics are those of another process than the one that answers callers',
      fix: 'one gateway, one metrics listener: look for a second process (ss -ltnp), or a load balancer between',
    })
  },
}

const REQUESTS = CATALOGUE.httpRequests.name

async function countRequests(asked: Asked): Promise<number> {
  const told = await readMetrics(asked, true)
  return 'page' in told ? (sumOf(told.page.text, REQUESTS) ?? 0) : 0
}

export function keyHeaders({ setup }: Asked): Readonly<Record<string, string>> {
  const { key } = setup.options
  return key === undefined ? {} : { authorization: `Bearer ${key.reveal()}` }
}

function judgeStatus({ setup }: Asked, status: number): Finding {
  const moved = `a request for the list of models was counted (${status})`
  if (status !== 401 && status !== 403) return ok(moved)
  if (setup.options.key === undefined) return ok(`${moved}; it wants a key, --key-file gives the doctor one`)
  return fail(`the gateway refuses the key of --key-file (${status})`, {
    means: 'It is not one of its keys, has expired, or was revoked',
    fix: 'weir keys list; weir keys create --name doctor',
  })
}
