// How a gateway is recognised from outside, and what its metrics page says. Asks the pages that need no key.
import type { Asked, Setup } from '../check.ts'
import { doorOf, type Door } from './addresses.ts'
import type { Asker, Question, Told } from './asker.ts'
import { parseJson, textAt } from './json.ts'

export const LISTENERS = ['gateway', 'metrics'] as const
export type ListenerName = (typeof LISTENERS)[number]

export function addressOf({ config }: Setup, listener: ListenerName) {
  return listener === 'gateway' ? config.gateway.listen : config.telemetry.metrics.listen
}

export function doorTo(setup: Setup, listener: ListenerName): Door {
  return doorOf(addressOf(setup, listener))
}

export function askDoor(
  asker: Asker,
  door: Door,
  question: Omit<Question, 'url'> & { path: string },
): Promise<Told> {
  const { path, ...rest } = question
  return asker.ask({ ...rest, url: `${door.url}${path}`, socketPath: door.socketPath })
}

export type Sort =
  { readonly kind: 'weir' } | { readonly kind: 'nobody' } | { readonly kind: 'other'; readonly seen: string }

/** Who answers at a door, by the two pages about its health that only a gateway has in these words. */
export async function whoAnswers(asker: Asker, door: Door, headers?: Question['headers']): Promise<Sort> {
  const [alive, ready] = await Promise.all([
    askDoor(asker, door, { path: '/healthz', headers }),
    askDoor(asker, door, { path: '/readyz', headers }),
  ])
  if ('failure' in alive) {
    const { cause, text } = alive.failure
    return cause === 'refused' ? { kind: 'nobody' } : { kind: 'other', seen: text }
  }
  const isAlive = textAt(parseJson(alive.page.text), 'status') === 'ok'
  const readiness = 'page' in ready ? textAt(parseJson(ready.page.text), 'status') : undefined
  if (isAlive && (readiness === 'ready' || readiness === 'not ready')) return { kind: 'weir' }
  return { kind: 'other', seen: `GET /healthz is answered with ${alive.page.status}` }
}

export function readMetrics({ asker, setup }: Pick<Asked, 'asker' | 'setup'>, fresh = false): Promise<Told> {
  const { path } = setup.config.telemetry.metrics
  return askDoor(asker, doorTo(setup, 'metrics'), { path, fresh })
}

/** The families of an exposition page, and the sum over the series of one of them. */
export function familiesOf(page: string): readonly string[] {
  return [...page.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? '')
}

/** Undefined where it has no series. `labels` is text that must stand in the series, such as `outcome="abandoned"`. */
export function sumOf(page: string, name: string, labels = ''): number | undefined {
  const values = page
    .split('\n')
    .filter((line) => line.startsWith(name) && /[{ ]/.test(line[name.length] ?? '') && line.includes(labels))
    .map((line) =>
      Number(
        line
          .slice(Math.max(name.length, line.lastIndexOf('}') + 1))
          .trim()
          .split(' ')[0],
      ),
    )
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0)
}
