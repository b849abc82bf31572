// The request store as people write it, and every way to write it wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as validated from './fixtures/validated.ts'
import { printConfig } from './print.ts'
import type { Config } from './resolve.ts'

const DAY_MS = 86_400_000
const URL_WITH_SECRETS = 'postgres://weir:hunter2@db.example:5432/weir?sslmode=require&password=hunter3'

const problemsOf = (records: unknown): readonly string[] => validated.problemsOf({ records })

function configOf(records?: unknown): Config {
  return validated.configOf(records === undefined ? {} : { records })
}

test('records are kept by default, in a file, and nothing of what was said', () => {
  assert.deepEqual(configOf().records, {
    store: { kind: 'sqlite' },
    keep: 7 * DAY_MS,
    maxSize: 10 * 1_024 ** 3,
    keepMinutes: 35 * DAY_MS,
    keepHours: 400 * DAY_MS,
    content: 'none',
    sample: 0.01,
    contentSize: 65_536,
    redact: { off: [], on: [], extra: [] },
  })
})

test('a store that is switched off is one, also as YAML 1.1 reads it', () => {
  for (const store of ['off', false]) assert.deepEqual(configOf({ store }).records.store, { kind: 'off' })
})

test('the URL of a server is kept whole and shown without its passwords', () => {
  const { store } = configOf({ store: URL_WITH_SECRETS }).records
  assert.ok(store.kind === 'postgres')
  assert.equal(store.secret.reveal(), URL_WITH_SECRETS)
  const shown = 'postgres://weir:hidden@db.example:5432/weir?sslmode=require&password=hidden'
  assert.equal(store.shown, shown)
  for (const format of ['yaml', 'json'] as const) {
    const printed = printConfig(configOf({ store: URL_WITH_SECRETS }), format)
    assert.ok(printed.includes(shown), printed)
    assert.doesNotMatch(printed, /hunter/)
  }
})

test('a server behind a socket file is named by its folder', () => {
  const url = 'postgresql:///weir?host=/var/run/postgresql'
  const { store } = configOf({ store: url }).records
  assert.ok(store.kind === 'postgres')
  assert.equal(store.secret.reveal(), url)
})

test('what is printed is read again as the same', () => {
  const records = { store: 'off', keep: '36h', maxSize: '1.5GiB', sample: '12.5%', keepMinutes: '10d' }
  const config = configOf(records)
  const printed = JSON.parse(printConfig(config, 'json')) as { readonly records: unknown }
  assert.deepEqual(configOf(printed.records).records, config.records)
})

const EXPECT_STORE =
  'expected sqlite, off, or the URL of a PostgreSQL server such as postgres://weir@db.example:5432/weir'

const PROBLEMS: Readonly<Record<string, readonly [records: unknown, ...problems: string[]]>> = {
  'a store is one that Weir knows, and what may hold a password is not repeated': [
    { store: 'mysql://root:hunter2@db/x' },
    `records.store: ${EXPECT_STORE}`,
  ],
  'a server has a name': [{ store: 'postgres:///weir' }, `records.store: ${EXPECT_STORE}`],
  'a store is text': [{ store: { url: 'x' } }, `records.store: ${EXPECT_STORE}`],
  'what is kept for no time is not kept: that is said by off': [
    { keep: '10s' },
    'records.keep: expected a duration from 1m to 3650d, found "10s"',
  ],
  'a store that has no room is none': [
    { maxSize: '1MiB' },
    'records.maxSize: expected a size from 16MiB to 9007199254740991b, found "1MiB"',
  ],
  'hours stand in for minutes and must outlive them': [
    { keepMinutes: '40d', keepHours: '30d' },
    'records.keepHours: 30d is shorter than keepMinutes (40d), found "30d"; keep hours at least as long as minutes',
  ],
  'content needs a store': [
    { store: 'off', content: 'all' },
    'records.content: there is no store to keep it in, found "all"; leave content out, or choose another store than off',
  ],
  'content is kept by one of the known policies': [
    { content: 'some' },
    'records.content: expected one of none, errors, sampled, all, found "some"',
  ],
  'an unknown key is named with the nearest one': [
    { keeps: '7d' },
    'records.keeps: is not a key that Weir knows; did you mean keep?',
  ],
}

for (const [rule, [records, ...problems]] of Object.entries(PROBLEMS)) {
  test(rule, () => assert.deepEqual(problemsOf(records), problems))
}
