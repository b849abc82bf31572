// Limits, budgets, prices and the shared state as people write them, and every way to write them wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configOf, problemsOf } from './fixtures/validated.ts'
import { printConfig } from './print.ts'

const HASH = `sha256:${'a'.repeat(64)}`
const PRICE = { input: 0.2, output: 0.6, currency: 'CNY' }

const key = (limits: unknown): unknown => ({ name: 'a', hash: HASH, limits })
const limits = (of: unknown): unknown => ({ keys: [key(of)] })

const FULL = {
  keys: [key({ requests: '60/min', tokens: ['100k/min', '2M/day'], concurrent: 4, budget: '50/month' })],
  tenants: [
    { name: 'north', limits: { budget: [{ rate: '9.5/day', onStateFailure: 'open' }, '100/month'] } },
    { name: 'south' },
  ],
  models: [
    { name: 'm', price: { ...PRICE, cached: 0.05, per: '1k tokens' } },
    {
      name: 'n',
      limits: { requests: { rate: '1/s', burst: 10 }, concurrent: { max: 2, onStateFailure: 'closed' } },
    },
  ],
  state: { url: 'rediss://user:hunter2@redis.example:6380/3', replicas: 3, probe: '5s' },
  timezone: 'Asia/Shanghai',
}

test('limits are read as numbers with their periods', () => {
  const { access, gateway, limits: top } = configOf(FULL)
  const plain = { burst: undefined, onStateFailure: undefined }
  assert.deepEqual(access.keys[0]?.limits, {
    requests: [{ amount: 60, period: 'min', ...plain }],
    tokens: [
      { amount: 100_000, period: 'min', ...plain },
      { amount: 2_000_000, period: 'day', ...plain },
    ],
    concurrent: { max: 4, onStateFailure: undefined },
    budget: [{ amount: 50, period: 'month', ...plain }],
  })
  assert.deepEqual(gateway.models[0]?.price, { ...PRICE, cached: 0.05, per: 1_000 })
  assert.equal(top.state?.timeout, 50)
  assert.equal(top.state?.url.secret.reveal(), 'rediss://user:hunter2@redis.example:6380/3')
})

test('what is printed is read again as the same limits, but for the password', () => {
  const config = configOf(FULL)
  const printed = printConfig(config, 'yaml')
  assert.ok(!printed.includes('hunter2'))
  assert.match(printed, /url: rediss:\/\/user:hidden@redis\.example:6380\/3/)
  assert.match(printed, /requests: 60\/min\n/)
  // Of a hash only the beginning is printed.
  const again = configOf(printed.replace(/sha256:\w+…/, HASH))
  assert.deepEqual(again.access, config.access)
  assert.deepEqual(again.gateway, config.gateway)
  assert.deepEqual(again.limits.tenants, config.limits.tenants)
})

test('the state is given by its URL alone, or not at all', () => {
  assert.equal(
    configOf({ state: 'redis://127.0.0.1:6379' }).limits.state?.url.shown,
    'redis://127.0.0.1:6379',
  )
  assert.equal(configOf({}).limits.state, undefined)
  assert.equal(configOf({}).limits.timezone, 'UTC')
})

const RULES: Readonly<Record<string, readonly [given: unknown, ...problems: string[]]>> = {
  'a limit has a period': [
    limits({ requests: 60 }),
    'keys[0].limits.requests: expected a limit such as 60/min or 5000/day, or a list of them, found 60',
  ],
  'minutes and months are told apart': [
    limits({ tokens: ['1k/m'] }),
    'keys[0].limits.tokens[0]: expected a limit such as 100k/min or 2M/day, or a list of them, found "1k/m"',
  ],
  'half a request is none': [
    limits({ requests: '0.5/s' }),
    'keys[0].limits.requests: expected a whole number of requests, found "0.5/s"',
  ],
  'a limit of nothing is said otherwise': [
    limits({ requests: '0/s' }),
    'keys[0].limits.requests: expected more than 0; to allow nothing, write `models: []`, found "0/s"',
  ],
  'a budget follows the calendar': [
    { ...(limits({ budget: '1/h' }) as object), models: [{ name: 'm', price: PRICE }] },
    'keys[0].limits.budget: expected a budget per day, week or month, found "1/h"',
  ],
  'a budget has no burst': [
    { ...(limits({ budget: { rate: '1/day', burst: 2 } }) as object), models: [{ name: 'm', price: PRICE }] },
    'keys[0].limits.budget.burst: a budget has no burst: it is spent as fast as its owner likes, found 2',
  ],
  'the object form has these keys': [
    limits({ requests: { rate: '1/s', bust: 3 } }),
    'keys[0].limits.requests.bust: is not a key that Weir knows; possible here: rate, burst, onStateFailure, found 3',
  ],
  'a mode is open or closed': [
    { ...(limits({ concurrent: { max: 2, onStateFailure: 'shut' } }) as object), state: 'redis://h' },
    'keys[0].limits.concurrent.onStateFailure: expected one of open, closed, found "shut"',
  ],
  'slots are a whole number': [
    limits({ concurrent: 0 }),
    'keys[0].limits.concurrent: expected how many requests may be open at once, such as 4, found 0',
  ],
  'no period stands twice': [
    limits({ requests: ['1/s', '2/s'] }),
    'keys[0].limits.requests[1]: is a second limit for the same period (s), found "2/s"; keep one of them',
  ],
  'a longer limit leaves room for a shorter one': [
    limits({ requests: ['60/min', '30/day'] }),
    'keys[0].limits.requests[0]: 60/min can never be used up: 30/day allows less in more time, found "60/min"; raise the one or leave out the other',
  ],
  'a burst fits into the other limits': [
    limits({ requests: [{ rate: '1/s', burst: 500 }, '100/min'] }),
    'keys[0].limits.requests[0]: a burst of 500 can never come: 100/min allows 100 at once, found a map; lower the burst',
  ],
  'a budget needs a price': [
    limits({ budget: '50/month' }),
    'keys[0].limits.budget: no model has a price, so nothing would ever be counted, found "50/month"; add price: { input: …, output: …, currency: … } to the models',
  ],
  'the budget of a model needs its own price': [
    {
      models: [
        { name: 'm', price: PRICE },
        { name: 'n', limits: { budget: '1/day' } },
      ],
    },
    'models[1].limits.budget: this model has no price, so nothing would ever be counted, found "1/day"; add price: { input: …, output: …, currency: … } to the model',
  ],
  'there is one currency': [
    {
      models: [
        { name: 'm', price: PRICE },
        { name: 'n', price: { ...PRICE, currency: 'EUR' } },
      ],
    },
    'models[1].price.currency: is another currency than models[0].price.currency (CNY), found "EUR"; give every price in the same currency',
  ],
  'a price is not negative': [
    { models: [{ name: 'm', price: { ...PRICE, input: -1 } }] },
    'models[0].price.input: expected a price from 0 to 1M, with at most six decimals, found -1',
  ],
  'prices are for a number of tokens': [
    { models: [{ name: 'm', price: { ...PRICE, per: 'token' } }] },
    'models[0].price.per: expected a number of tokens such as 1M tokens or 1k, found "token"',
  ],
  'tenants have names of their own': [
    { tenants: [{ name: 'a' }, { name: 'a' }] },
    'tenants[1].name: is the same as tenants[0].name, found "a"; give each entry of tenants a name of its own',
  ],
  'the state is Redis': [
    { state: 'http://127.0.0.1:6379' },
    'state.url: expected the URL of a Redis or Valkey server, such as redis://127.0.0.1:6379 or rediss://user:password@host:6380/0',
  ],
  'a password is never repeated': [
    { state: { url: 'redis://:hunter2/x@host' } },
    'state.url: expected the URL of a Redis or Valkey server, such as redis://127.0.0.1:6379 or rediss://user:password@host:6380/0',
  ],
  'a password is written so that it can be read back': [
    { state: 'redis://user:50%zz@127.0.0.1:6379' },
    'state.url: expected user and password with their special characters percent-encoded, such as %25 for % and %40 for @',
  ],
  'a mode for a state that is not there is a mistake': [
    limits({ requests: { rate: '1/s', onStateFailure: 'open' } }),
    'keys[0].limits.requests.onStateFailure: says what happens when the shared state fails, and there is none, found "open"; add state: redis://… or leave it out',
  ],
  'a time zone exists': [
    { timezone: 'Mars/Olympus' },
    'timezone: expected a time zone such as UTC, Europe/Berlin or Asia/Shanghai, found "Mars/Olympus"',
  ],
}

for (const [rule, [given, ...problems]] of Object.entries(RULES)) {
  test(`a configuration of limits is refused with what to write: ${rule}`, () => {
    assert.deepEqual(problemsOf(given), problems)
  })
}
