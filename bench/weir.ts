// Weir as a target: the real command line and a real configuration file, once with everything on and once for each part left out.
// It knows Weir only as a user does: by its file, its start line and its port.
import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { MODEL } from './messages.ts'
import type { Surroundings, Target } from './target.ts'

const ENTRY = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface WeirVariant {
  readonly name: string
  readonly what: string
  /** Whether the key has limits of every kind, none of which is ever reached. */
  readonly limits: boolean
  /** Whether callers must show a key. */
  readonly keys: boolean
  /** Whether each request gets a log line. */
  readonly requestLog: boolean
  /** Whether records are kept in the store, and objectives counted, explained and watched. */
  readonly records: boolean
}

/** From everything to nothing; what lies between two neighbours is the cost of what the second leaves out. */
export const WEIR_VARIANTS: readonly WeirVariant[] = [
  {
    name: 'weir',
    what: 'Weir with keys, limits, service levels, records kept, metrics and log',
    ...{ limits: true, keys: true, requestLog: true, records: true },
  },
  {
    name: 'weir-unrecorded',
    what: 'the same without service levels and keeping records',
    ...{ limits: true, keys: true, requestLog: true, records: false },
  },
  {
    name: 'weir-unlimited',
    what: 'the same without limits',
    ...{ limits: false, keys: true, requestLog: true, records: false },
  },
  {
    name: 'weir-quiet',
    what: 'the same without a log line per request',
    ...{ limits: false, keys: true, requestLog: false, records: false },
  },
  {
    name: 'weir-bare',
    what: 'the same without log and keys',
    ...{ limits: false, keys: false, requestLog: false, records: false },
  },
]

/** High enough never to be reached, so that what is measured is the counting. */
const LIMITS = { requests: '1000M/min', tokens: '1000M/min', concurrent: 10_000, budget: '1000M/month' }
/** What people promise most often: that there is an answer, and that it comes soon. */
const OBJECTIVES = [
  { name: 'answered', sli: 'availability', objective: '99.5%' },
  { name: 'prompt', sli: { duration: '10s' }, objective: '95%' },
]
const PRICE = { input: 0.2, output: 0.6, per: '1M tokens', currency: 'CNY' }

/** The configuration file's content. JSON is YAML; port 0 lets the system choose. */
export function toWeirConfig(
  variant: WeirVariant,
  place: { upstream: string; key: string; data?: string },
): string {
  const hash = `sha256:${createHash('sha256').update(place.key).digest('hex')}`
  return JSON.stringify(
    {
      listen: '127.0.0.1:0',
      metrics: { listen: '127.0.0.1:0' },
      backends: [{ name: 'stub', url: place.upstream, kind: 'openai', models: [MODEL] }],
      ...(place.data === undefined ? {} : { data: place.data }),
      ...(variant.limits ? { models: [{ name: MODEL, price: PRICE }] } : {}),
      ...(variant.keys
        ? { keys: [{ name: 'bench', hash, ...(variant.limits ? { limits: LIMITS } : {}) }] }
        : { auth: 'none' }),
      ...(variant.records ? { slos: OBJECTIVES } : { records: { store: 'off' } }),
      log: { format: 'json', requests: variant.requestLog },
    },
    undefined,
    2,
  )
}

export function createWeirTarget(variant: WeirVariant): Target {
  return {
    name: variant.name,
    what: variant.what,
    absence: () => (existsSync(ENTRY) ? undefined : 'src/main.ts is not there'),
    start: ({ nursery, upstream, key }: Surroundings) => {
      const folder = nursery.createDirectory(`${variant.name}-config`)
      const file = path.join(folder, 'weir.yaml')
      writeFileSync(file, toWeirConfig(variant, { upstream, key, data: path.join(folder, 'data') }))
      return nursery.start({
        name: variant.name,
        role: 'proxy',
        command: process.execPath,
        args: [ENTRY, 'serve', '-c', file],
        announces: 'gateway',
      })
    },
  }
}
