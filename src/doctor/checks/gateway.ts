// Does the gateway run, is it ready, and does it run with the configuration that is on the disk?
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import type { Check, Setup } from '../check.ts'
import { field, parseJson } from '../ask/json.ts'
import { askDoor, doorTo, readMetrics, sumOf, whoAnswers } from '../ask/weir.ts'
import { fail, ok, warn } from '../finding.ts'

export function startCommand({ config }: Setup): string {
  return config.source.file === undefined ? 'weir serve' : `weir serve -c ${config.source.file}`
}

export const gateway: Check = {
  name: 'gateway',
  group: 'gateway',
  question: 'Does the gateway answer?',
  needs: ['ports'],
  blocks: 'the gateway does not run',
  async ask({ setup, asker }) {
    const door = doorTo(setup, 'gateway')
    const sort = await whoAnswers(asker, door)
    if (sort.kind === 'weir') return ok(`${door.shown} answers`)
    return fail(`nobody listens on ${door.shown}: the gateway does not run`, {
      means: 'Every question to it has to wait',
      fix: `${startCommand(setup)}; if it ended by itself, its last log lines say why`,
    })
  },
}

const BACKEND_CHECKS = ['backend-resolves', 'backend-connects', 'backend-speaks']

export const gatewayReady: Check = {
  name: 'gateway-ready',
  group: 'gateway',
  question: 'Does the gateway take requests?',
  needs: ['gateway'],
  after: ['backend-speaks'],
  async ask({ setup, asker, statusOf }) {
    const told = await askDoor(asker, doorTo(setup, 'gateway'), { path: '/readyz' })
    if ('failure' in told)
      return fail(`/readyz: ${told.failure.text}`, { means: 'It is too busy, or it hangs' })
    if (told.page.status === 200) return ok('/readyz says that it is ready')
    const reasons = field(parseJson(told.page.text), 'reasons')
    const why = Array.isArray(reasons) ? reasons.join(', ') : `status ${told.page.status}`
    if (!why.includes('no backend')) {
      return warn(`/readyz says: ${why}`, {
        means: 'New requests are refused for now; load balancers send them elsewhere',
        fix: 'ask again in a minute; while it is overloaded, look at weir_event_loop_delay_seconds',
      })
    }
    // Its cause is found where backends are asked.
    if (BACKEND_CHECKS.some((name) => statusOf(name, '') === 'fail'))
      return warn(`/readyz says: ${why}`, { means: 'It will be ready when a backend answers: see Backends' })
    return fail(`/readyz says: ${why}, though backends answer the doctor`, {
      means:
        'The gateway is on another network than the doctor (a container?), or has not asked them again yet',
      fix: 'run the doctor where the gateway runs; its log names what a probe meets',
    })
  },
}

export const gatewayConfig: Check = {
  name: 'gateway-config',
  group: 'gateway',
  question: 'Does it run with the file that is on the disk?',
  needs: ['metrics'],
  async ask({ setup, asker }) {
    const told = await readMetrics({ setup, asker })
    if ('failure' in told) return []
    const good = sumOf(told.page.text, CATALOGUE.configReloadSuccess.name)
    if (good !== 0) return ok('the configuration that was last read is in force')
    return fail('the configuration was refused when it was last read, and the one before it is in force', {
      means: 'What was changed in the file since does nothing',
      fix: 'the file is valid now: kill -HUP the gateway, or start it anew',
    })
  },
}
