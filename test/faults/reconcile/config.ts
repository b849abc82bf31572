// What the gateway of a run is told: few slots, short clocks, limits that are reached, a fallback. And how that changes while it
// runs, in ways that are right and in ways that are not.
import { stringify } from 'yaml'
import { hashKey } from '../../../src/access/create-key.ts'
import { toRules, type Rule } from '../../../src/access/limits/rule.ts'
import type { Written } from '../../support/weir.ts'
import { KEYS, type KeyName } from '../schedule.ts'
import { BACKENDS, type BackendName } from './fleet.ts'

export const SECRETS: Readonly<Record<KeyName, string>> = {
  north: 'wk_north000_0123456789012345678901234567',
  south: 'wk_south000_0123456789012345678901234567',
  plain: 'wk_plain000_0123456789012345678901234567',
}

/**
 * Millionths for a token: a cost then tells prompt and answer apart to the token. One and ten units are more than any model
 * costs, and do no harm.
 */
export const PRICES = {
  'sim-chat': { input: 1, output: 10_000_000 },
  'sim-spare': { input: 2, output: 20_000_000 },
} as const
const MICROS_PER_UNIT = 1_000_000

function toPrice(model: keyof typeof PRICES): Written {
  const { input, output } = PRICES[model]
  return {
    ...{ input: input / MICROS_PER_UNIT, output: output / MICROS_PER_UNIT },
    ...{ per: '1 token', currency: 'EUR' },
  }
}

/** Counts that must be exact may not trickle back: so little a month is less than a token in a run. */
const HARDLY = '1000/month'
const AMPLE_TOKENS = '9M'
const AMPLE_BUDGET = '900000000/month'

/** Now and then more come than this. */
const FREQUENT = { rate: '150/s', burst: 25 }
const REQUESTS = { rate: HARDLY, burst: '1M' }
const LIMITS = {
  north: { requests: REQUESTS, tokens: ample(AMPLE_TOKENS), concurrent: 14 },
  south: { requests: REQUESTS, concurrent: 13, budget: AMPLE_BUDGET },
}

/** Of every model, so that every request has its prompt estimated. */
const MODEL_LIMITS = { tokens: ample('900M') }

function ample(burst: string | number): Written {
  return { rate: HARDLY, burst }
}

/** What is counted exactly, and held against the records in the end: rule, and whose requests it counts. */
export interface Counted {
  readonly rule: Rule
  readonly counts: (kept: { key: string | undefined; model: string | undefined }) => boolean
}

export function listCounted(): readonly Counted[] {
  const bucket = { amount: 1_000, period: 'month' as const, burst: undefined, onStateFailure: undefined }
  const all = {
    requests: [bucket],
    tokens: [bucket],
    budget: [bucket],
    concurrent: { max: 1, onStateFailure: undefined },
  }
  const north = [
    ...toRules({ scope: 'key', name: 'north' }, { ...all, budget: [] }),
    ...toRules({ scope: 'tenant', name: 'north-side' }, { budget: [bucket] }),
  ]
  const south = toRules({ scope: 'key', name: 'south' }, all)
  const models = ['sim-chat', 'sim-spare'] as const
  return [
    ...north.map((rule): Counted => ({ rule, counts: ({ key }) => key === 'north' })),
    ...south.map((rule): Counted => ({ rule, counts: ({ key }) => key === 'south' })),
    ...models.flatMap((name) =>
      toRules({ scope: 'model', name }, { tokens: [bucket] }).map((rule): Counted => ({
        rule,
        counts: ({ model }) => model === name,
      })),
    ),
  ]
}

export const SETTINGS = {
  retryBudget: 0.2,
  retryMinimum: 3,
} as const

export interface Stand {
  readonly urls: Readonly<Record<BackendName, string>>
  readonly dataDir: string
}

/** Used up by then, or soon: south gets no tokens and north no money until the limits are raised again. */
const SCARCE_TOKENS = '60k'
const SCARCE_BUDGET = '30000/month'

const STRATEGIES = ['least-busy', 'round-robin', 'weighted', 'priority'] as const

function toRoute(strategy: (typeof STRATEGIES)[number]): readonly unknown[] {
  const names = BACKENDS.filter((name) => name !== 'spare')
  return strategy === 'weighted' ? names.map((name, index) => ({ name, weight: index + 1 })) : names
}

/** `variant` changes what may change; `isScarce` lowers limits below what was used. */
export function toWritten(stand: Stand, { variant = 0, isScarce = false } = {}): Written {
  const { urls, dataDir } = stand
  const strategy = STRATEGIES[variant % STRATEGIES.length] ?? 'least-busy'
  return {
    ...{ listen: '127.0.0.1:0', data: dataDir },
    // Every code at every backend in every dialect: more than a page is meant for.
    metrics: { listen: '127.0.0.1:0', maxSeries: 20_000 },
    discovery: { every: '500ms', timeout: '300ms' },
    health: { failures: 5, ejectFor: '200ms', maxEjectFor: '1s', slowStart: '500ms' },
    retry: { budget: '20%', minimum: SETTINGS.retryMinimum },
    estimates: { output: 12, maxOutput: 10_000_000 },
    backends: BACKENDS.map((name) => ({
      ...{ name, url: urls[name], kind: 'simulator' },
      concurrency: name === 'spare' ? 6 : 5 + (variant % 2),
      queue: { size: 8, timeout: '1200ms', keepAlive: '1s' },
      // A backend whose clocks change is another one: its connections and slots are handed over.
      timeouts: {
        ...{ connect: '500ms', firstToken: '500ms', total: '2500ms' },
        idle: name === 'sleepy' && variant % 3 === 1 ? '520ms' : '500ms',
      },
    })),
    models: [
      {
        name: 'sim-chat',
        backends: toRoute(strategy),
        strategy,
        ...{ fallback: ['sim-spare'], price: toPrice('sim-chat'), limits: MODEL_LIMITS },
      },
      { name: 'sim-spare', backends: ['spare'], price: toPrice('sim-spare'), limits: MODEL_LIMITS },
    ],
    keys: KEYS.map((name) => ({
      ...{ name, hash: hashKey(SECRETS[name]) },
      ...(name === 'plain' ? {} : { tenant: `${name}-side` }),
      ...(name === 'north' ? { limits: LIMITS.north } : {}),
      ...(name === 'south'
        ? { limits: { ...LIMITS.south, tokens: ample(isScarce ? SCARCE_TOKENS : AMPLE_TOKENS) } }
        : {}),
    })),
    tenants: [
      {
        name: 'north-side',
        limits: { requests: FREQUENT, budget: isScarce ? SCARCE_BUDGET : AMPLE_BUDGET },
      },
    ],
  }
}

const BREAKAGES: readonly ((good: Written) => string)[] = [
  (good) => {
    const text = stringify(good)
    return text.slice(0, text.indexOf('http://') + 3)
  },
  () => 'backends: 7\n',
  (good) => stringify({ ...good, bakends: [] }),
  (good) => stringify(good).replace('kind: simulator', 'kind: simulator\n    apiKey: ${env:NOT_THERE}'),
]

export function toBroken(stand: Stand, variant: number): string {
  const breakage = BREAKAGES[variant % BREAKAGES.length] ?? BREAKAGES[0]!
  return breakage(toWritten(stand))
}
