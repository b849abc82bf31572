import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redactObject } from './config.ts'
import { createRedactor } from './redactor.ts'

const redactor = createRedactor(redactObject.parse({}))

function check(cases: readonly (readonly [text: string, redacted: string])[]): void {
  for (const [text, redacted] of cases) assert.equal(redactor.redact(text), redacted, text)
}

/** Put together here, so that nobody who searches this repository for keys finds one. */
const SK = `sk-proj-${'a1B2c3D4e5'.repeat(4)}`
const JWT = `eyJ${'hbGciOiJIUzI1NiJ9'}.eyJ${'zdWIiOiIxMjM0NTY3ODkwIn0'}.${'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'}`
const PEM = [
  '-----BEGIN RSA PRIVATE KEY-----',
  'MIIEowIBAAKCAQEA75',
  'x9+/=',
  '-----END RSA PRIVATE KEY-----',
].join('\n')

test('secrets of known shapes are taken out, and nothing around them', () => {
  check([
    [`my key is ${SK}, keep it`, 'my key is [api-key], keep it'],
    [`OPENAI_API_KEY=${SK}`, 'OPENAI_API_KEY=[api-key]'],
    [`key: ${SK}.`, 'key: [api-key].'],
    ['sk-ant-api03-abcdefghijklmnopqrst1234-AA', '[api-key]'],
    ['weir key wk_0a1b2c3d_AbCdEfGhIjKlMnOpQrStUvWxYz0 here', 'weir key [api-key] here'],
    ['id AKIAIOSFODNN7EXAMPLE done', 'id [api-key] done'],
    [
      'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'aws_secret_access_key = [password]',
    ],
    [`token ghp_${'aB3'.repeat(12)} x`, 'token [api-key] x'],
    [`github_pat_${'11ABCDE_'.repeat(4)}`, '[api-key]'],
    [`glpat-${'x1Y2'.repeat(5)}`, '[api-key]'],
    ['xoxb-1234567890-abcdefghij', '[api-key]'],
    [`AIza${'Sy1-_'.repeat(7)}`, '[api-key]'],
    [`sk_live_${'4eC39HqL'.repeat(3)}`, '[api-key]'],
    [`hf_${'AbCdEfGhIj'.repeat(3)}1234`, '[api-key]'],
    ['LTAI5tAbCdEfGhIjKlMnOpQr', '[api-key]'],
    [`https://hooks.slack.com/services/T00000000/B00000000/${'x'.repeat(24)}`, 'https://[api-key]'],
    [`jwt ${JWT} end`, 'jwt [token] end'],
    ['Authorization: Bearer abc123def456ghi789', 'Authorization: Bearer [token]'],
    ["-H 'authorization: bearer A1b2C3d4E5f6G7h8'", "-H 'authorization: bearer [token]'"],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic [password]'],
    [`before\n${PEM}\nafter`, 'before\n[private-key]\nafter'],
    [`before\n${PEM.slice(0, 60)}`, 'before\n[private-key]'],
    ['postgres://weir:hunter2@db.example:5432/weir', 'postgres://weir:[password]@db.example:5432/weir'],
    ['redis://:p4ss@cache/0', 'redis://:[password]@cache/0'],
    ['curl "https://x.example/?api_key=a1b2c3d4e5&q=1"', 'curl "https://x.example/?api_key=[password]&q=1"'],
    ['DB_PASSWORD="s3cr3t-w0rd"', 'DB_PASSWORD="[password]"'],
  ])
})

test('people are not told by their addresses and numbers', () => {
  check([
    ['mail ann.b+x@example.co.uk now', 'mail [email] now'],
    ['请联系zhang@example.com谢谢', '请联系[email]谢谢'],
    ['?to=ann%40example.com', '?to=[email]'],
    ['我的手机13800138000，谢谢', '我的手机[phone]，谢谢'],
    ['138 0013 8000 or 138-0013-8000', '[phone] or [phone]'],
    ['+86 138 0013 8000, +8613800138000, 008613800138000', '[phone], [phone], [phone]'],
    ['Tel13800138000', 'Tel[phone]'],
    ['１３８００１３８０００', '[phone]'],
    ['座机010-62345678转12', '座机[phone]转12'],
    ['call +49 30 901820 55 or +1 (415) 555-2671', 'call [phone] or [phone]'],
    ['(415) 555-2671 and 415-555-2671', '[phone] and [phone]'],
    ['4111111111111111', '[card]'],
    ['card 4111 1111 1111 1111 exp 12/27', 'card [card] exp 12/27'],
    ['1234 4111 1111 1111 1111', '1234 [card]'],
    ['3782-822463-10005', '[card]'],
    ['银联6222021234567890128', '银联[card]'],
    ['身份证11010519491231002X。', '身份证[cn-id]。'],
    ['11010519491231002x', '[cn-id]'],
    ['110105 19491231 002X', '[cn-id]'],
    ['旧号130503670401001', '旧号[cn-id]'],
    ['GB29 NWBK 6016 1331 9268 19 THE BANK', '[iban] THE BANK'],
    ['DE89370400440532013000', '[iban]'],
    ['SSN 123-45-6789.', 'SSN [us-ssn].'],
  ])
})

test('what only looks alike is left as it was', () => {
  const innocent = [
    ...['order 4111111111111112', 'order 20261121143815123456', 'PO-2026-0012345', 'order 9876543210123456'],
    ...['1763735895000', '1763735895', '1763735895.123456', '2026-11-21T14:38:15.123+0800', '2026-11-21'],
    ...['550e8400-e29b-41d4-a716-446655440000', '00000138-1234-5678-9012-345678901234', '0.13812345678'],
    ...[
      'gpt-4-0613',
      'claude-3-5-sonnet-20241022',
      'qwen3-235b-a22b-instruct-2507',
      'sk-learn',
      'sk-estimator-html',
    ],
    ...['e6ec431a13812345678f', 'd41d8cd98f00b204e9800998ecf8427e', `sha256:${'9f86d081884c7d65'.repeat(4)}`],
    ...[
      '110105194912310021',
      '990105194912310028',
      '110105194913310026',
      'version 415.55.2671',
      '12345-67-8901',
    ],
    ...['10.0.0.1', '192.168.1.10:8080', 'user@localhost', '@types/node@24.1.0', 'a@b', 'x+1234567890'],
    ...[
      'Bearer of bad news arrived',
      'the bearer tokenization',
      'max_tokens=4096',
      'pad_token=tokenizer.eos_token',
    ],
    ...[
      'password=getpass()',
      'the password: required',
      'http://localhost:8080/a@b',
      'eyJ is how base64 begins',
      'GB29 IS A ROAD',
    ],
    ...[
      'DE00370400440532013000',
      '000-12-3456',
      '+1000 users',
      '99.95 % of 1000000000',
      '3.14159265358979323846',
    ],
  ]
  for (const text of innocent) assert.equal(redactor.redact(text), text)
})

test('the texts of a JSON document are redacted whatever their escapes, and the document stays one', () => {
  const body = String.raw`{"model":"m","n":1.0,"messages":[{"role":"user","content":"I am ann\u0040example.com\n\u0031\u00338 0013 8000"}],"card":4111111111111111,"ts":1763735895000}`
  const redacted = redactor.redact(body)
  assert.equal(
    redacted,
    String.raw`{"model":"m","n":1.0,"messages":[{"role":"user","content":"I am [email]\n[phone]"}],"card":"[card]","ts":1763735895000}`,
  )
  assert.doesNotThrow(() => void JSON.parse(redacted))
})

test('arguments of tool calls, JSON in a text of JSON, are read as well', () => {
  const inner = JSON.stringify({
    to: 'a@b.example',
    password: 'tulip',
    nested: JSON.stringify({ tel: '13800138000' }),
  })
  const redacted = redactor.redact(JSON.stringify({ arguments: inner.replace('@', '\\u0040') }))
  const { arguments: text } = JSON.parse(redacted) as { arguments: string }
  const read = JSON.parse(text) as { to: string; password: string; nested: string }
  assert.deepEqual(read, { to: '[email]', password: '[password]', nested: '{"tel":"[phone]"}' })
})

test('fields that are named for a secret keep none, and fields that merely sound so keep theirs', () => {
  const given = { password: 'tulip', client_secret: 'x', apiKey: 'y', access_token: 'z', DB_PASSWORD: 'w' }
  const kept = {
    token: 'hello',
    keyword: 'tulip',
    secretary: 'Ann',
    password: { type: 'string' },
    max_tokens: 4096,
  }
  const hidden = Object.fromEntries(Object.keys(given).map((name) => [name, '[password]']))
  assert.deepEqual(JSON.parse(redactor.redact(JSON.stringify(given))), hidden)
  assert.equal(redactor.redact(JSON.stringify(kept)), JSON.stringify(kept))
})

test('pictures and files are left out', () => {
  const picture = 'iVBORw0KGgo'.repeat(100)
  const redacted = redactor.redact(
    JSON.stringify({ images: [picture], url: `data:image/png;base64,${picture}==` }),
  )
  assert.equal(redacted, '{"images":["[data]"],"url":"data:image/png;base64,[data]"}')
})

test('characters that nobody sees hide no number, and stay where none is', () => {
  check([
    ['138\u200b0013\u200b8000', '[phone]'],
    ['1\u200b3\u200c8\u200d0\u20600\ufeff1\u00ad38000', '[phone]'],
    ['138\u200b-0013-\u200b8000', '[phone]'],
    ['card 4111\u200b1111\u200b1111\u200b1111.', 'card [card].'],
    ['family \u{1f468}\u200d\u{1f469} 12\u200b34', 'family \u{1f468}\u200d\u{1f469} 12\u200b34'],
  ])
})

test('a mobile number written with dots is one, a version or an address is none', () => {
  assert.equal(redactor.redact('ring 138.1234.5678.'), 'ring [phone].')
  for (const text of ['v138.1234.5678', '0.138.1234.5678', '138.1234-5678'])
    assert.equal(redactor.redact(text), text)
})

test('spaces and dashes of typesetters and digits of other scripts hide nothing, and stay where nothing is found', () => {
  check([
    ['card 4111\u00a01111\u00a01111\u00a01111.', 'card [card].'],
    ['card 4111\u20111111\u20111111\u20111111', 'card [card]'],
    ['call +33\u202f6\u202f12\u202f34\u202f56\u202f78', 'call [phone]'],
    ['138\u30001234\u30005678', '[phone]'],
    ['\u0661\u0663\u0668\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668', '[phone]'],
    ['\u06f1\u06f3\u06f8\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8', '[phone]'],
    [
      'from 2010\u20132020, 5\u00a0km \u2014 \u0665\u0660\u3000\u2212',
      'from 2010\u20132020, 5\u00a0km \u2014 \u0665\u0660\u3000\u2212',
    ],
    ['5\u00a0km to a@b.example', '5\u00a0km to [email]'],
  ])
  assert.equal(redactor.redact('call 138\u00a00013\u00a080', { isCut: true }), 'call')
})

test('at a cut the last word goes, since what it began to say can no longer be recognised', () => {
  assert.equal(redactor.redact(`key ${SK.slice(0, 14)}`, { isCut: true }), 'key')
  assert.equal(redactor.redact('call 138 0013 80', { isCut: true }), 'call')
  assert.equal(redactor.redact(`{"content":"see ${JWT.slice(0, 30)}`, { isCut: true }), '{"content":"see')
  assert.equal(redactor.redact('{"a":"b","card":41111111111111', { isCut: true }), '{"a":"b","card":')
  assert.equal(redactor.redact('{"content":"a\\u00', { isCut: true }), '{"content":"')
})

test('what is no JSON although it begins like it is redacted as prose', () => {
  check([
    ['[note] write to a@b.example or "call 13800138000', '[note] write to [email] or "call [phone]'],
    ['{13800138000}', '{"[phone]"}'],
    ['"a@b.example', '"[email]'],
  ])
})

test('kinds can be switched off and on, and patterns of the house come first', () => {
  const own = createRedactor(
    redactObject.parse({
      off: ['email', 'password'],
      on: ['ipv4'],
      extra: [{ name: 'employee', pattern: 'EMP-\\d{6}' }],
    }),
  )
  assert.equal(
    own.redact('EMP-123456 a@b.example 10.1.2.3 13800138000 x://u:p@h'),
    '[employee] a@b.example [ipv4] [phone] x://u:p@h',
  )
})

test('a setting that could not work is refused with what to write', () => {
  const problems = (written: unknown): string =>
    redactObject
      .safeParse(written)
      .error?.issues.map(({ message }) => message)
      .join() ?? ''
  assert.match(problems({ off: ['mail'] }), /expected one of private-key, token/)
  assert.match(problems({ extra: [{ name: 'Staff', pattern: 'x' }] }), /expected small letters/)
  assert.match(
    problems({ extra: [{ name: 'staff', pattern: '(a+)+' }] }),
    /the pattern has a repetition without an end/,
  )
  assert.match(
    problems({ extra: [{ name: 'staff', pattern: 'EMP-\\d{6}', flags: 'i' }] }),
    /Unrecognized key/,
  )
})
