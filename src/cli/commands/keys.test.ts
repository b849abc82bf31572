import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { parse } from 'yaml'
import { hashKey } from '../../access/create-key.ts'
import { createSqliteKeySource } from '../../access/store/sqlite/source.ts'
import { createLoader } from '../../config/load.ts'
import { systemIds } from '../../core/ids.ts'
import { run } from '../run.ts'
import type { World } from '../world.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-keys-cli-'))
after(() => rmSync(folder, { recursive: true }))

const NOW_MS = Date.UTC(2026, 5, 1, 12)
const HASH = hashKey('filed')

/** A folder with an optional weir.yaml, and a way to run commands in it at a time. */
function place(file?: string) {
  const cwd = mkdtempSync(join(folder, 'case-'))
  if (file !== undefined) writeFileSync(join(cwd, 'weir.yaml'), file)
  const weir = async (line: string, nowMs = NOW_MS) => {
    const written = { out: '', err: '' }
    const never = (): never => assert.fail('not a matter of keys')
    const world: World = {
      env: {},
      cwd,
      streams: {
        stdout: { write: (text) => (written.out += text) },
        stderr: { write: (text) => (written.err += text) },
      },
      signals: { on: never },
      ids: systemIds,
      clock: { wall: () => nowMs },
      readBuild: never,
      serve: never,
      explainRoute: never,
      openAlertDesk: never,
      testReceiver: never,
    }
    const code = await run(line.split(' '), world)
    return { code, ...written }
  }
  const json = async (line: string, nowMs = NOW_MS): Promise<unknown> =>
    JSON.parse((await weir(`${line} --json`, nowMs)).out)
  return { cwd, db: join(cwd, 'weir-data/weir.db'), weir, json }
}

test('a made key is printed once, kept by its hash, and needs no lines in a file', async () => {
  const { weir, db } = place()
  const { code, out, err } = await weir('keys create --name team-a')
  assert.deepEqual([code, err], [0, ''])
  const [key = ''] = out.split('\n')
  assert.match(key, /^wk_[0-9a-z]{8}_[\w-]{27}$/)
  assert.equal(out.split(key).length, 2)
  assert.match(
    out,
    /called team-a, and works within a second at every gateway that keeps its data in .*weir-data\.$/m,
  )
  const kept = createSqliteKeySource(db).read()?.keys
  assert.deepEqual(
    kept?.map(({ name, hash, expiresAtMs }) => [name, hash, expiresAtMs]),
    [['team-a', hashKey(key), undefined]],
  )
})

test('what a key may do is kept as it was asked for', async () => {
  const { json, db } = place()
  const flags =
    '--tenant north --models qwen3*,bge-m3 --paths /v1/chat/*,/v1/models --from 10.0.0.0/8,::1 --expires 90d ' +
    '--priority high --content errors --requests 60/min --tokens 100k/min --concurrent 4 --budget 50/month'
  const made = (await json(`keys create --name team-a ${flags}`)) as Record<string, unknown>
  const grant = {
    tenant: 'north',
    models: ['qwen3*', 'bge-m3'],
    paths: ['/v1/chat/*', '/v1/models'],
    from: ['10.0.0.0/8', '::1'],
    priority: 'high',
    content: 'errors',
    limits: { requests: '60/min', tokens: '100k/min', concurrent: '4', budget: '50/month' },
  }
  const { key, publicId, hash, store, ...rest } = made
  assert.deepEqual(rest, { name: 'team-a', ...grant, expires: '2026-08-30T12:00:00Z' })
  assert.deepEqual([hash, store], [hashKey(String(key)), db])
  assert.ok(String(key).startsWith(`wk_${String(publicId)}_`))
  const [kept] = createSqliteKeySource(db).read()?.keys ?? []
  assert.deepEqual([kept?.grant, kept?.expiresAtMs], [grant, NOW_MS + 90 * 86_400_000])
})

test('every flag that is wrong is named, and nothing is kept', async () => {
  const { weir, db } = place()
  const cases: readonly (readonly [string, RegExp])[] = [
    ['--name a/b', /^error: --name: expected letters/],
    ['--name a --tenant ', /^error: --tenant: expected text that is not empty/],
    ['--name a --models x,,y', /^error: --models\[1\]: expected/],
    ['--name a --paths chat', /^error: --paths\[0\]: expected a path such as \/v1\/chat\/completions/],
    ['--name a --from 10.0.0.0/33', /^error: --from\[0\]: expected a network/],
    ['--name a --expires soon', /^error: --expires: expected how long it lasts, such as 90d/],
    ['--name a --expires 2020-01-01', /^error: --expires: expected a moment that is still to come/],
    ['--name a --expires 0', /^error: --expires: expected a moment that is still to come/],
    ['--name a --expires 9000000d', /^error: --expires: expected how long/],
    ['--name a --requests many', /^error: --requests: expected/],
    ['--name a --concurrent 0', /^error: --concurrent: expected/],
    ['--name a/b --expires soon', /^error: --name: .*\nerror: --expires: /],
    ['--name a --priority urgent', /Allowed choices are high, normal, low/],
  ]
  for (const [flags, message] of cases) {
    const { code, out, err } = await weir(`keys create ${flags}`)
    assert.deepEqual([code, out], [2, ''], flags)
    assert.match(err, message, flags)
  }
  assert.ok(!existsSync(db))
})

test('with --print nothing is kept, and the lines are a configuration that Weir accepts', async () => {
  const { weir, db, cwd } = place()
  const { code, out } = await weir(
    'keys create --print --name team-a --paths /v1/* --expires 2026-12-31 --requests 60/min',
  )
  assert.equal(code, 0)
  assert.ok(!existsSync(db))
  writeFileSync(join(cwd, 'weir.yaml'), out.slice(out.indexOf('keys:\n')))
  const pasted = createLoader({ file: undefined, given: [], env: {}, cwd })()
  assert.ok(pasted.ok)
  const [entry] = pasted.config.access.keys
  assert.deepEqual([entry?.name, entry?.expires], ['team-a', Date.UTC(2027, 0, 1)])
  assert.equal((parse(out.slice(out.indexOf('keys:\n'))) as { keys: unknown[] }).keys.length, 1)
})

test('a name that is taken is a no, with the way on', async () => {
  const { weir } = place(`keys: [{ name: filed, hash: "${HASH}" }]`)
  await weir('keys create --name team-a')
  const again = await weir('keys create --name team-a')
  assert.deepEqual([again.code, again.out], [1, ''])
  assert.match(again.err, /^error: There is a key called team-a already: .*`weir keys rotate team-a`/)
  const filed = await weir('keys create --name filed')
  assert.equal(filed.code, 1)
  assert.match(filed.err, /taken by a key in the configuration file/)
})

test('the list shows keys of the file and of the store, and no hash or key of either', async () => {
  const { weir, json } = place(`keys: [{ name: filed, hash: "${HASH}", tenant: north }]`)
  const key = (await weir('keys create --name team-a --expires 1h')).out.split('\n')[0] ?? ''
  await weir('keys create --name gone --models m* --requests 60/min')
  await weir('keys revoke gone')
  const later = NOW_MS + 3_600_000
  const { code, out } = await weir('keys list', later)
  assert.equal(code, 0)
  const hint = `${key.slice(0, 12)}…${key.slice(-4)}`
  assert.equal(
    out,
    [
      'NAME    KEY                STATE    TENANT  MODELS  CREATED     ENDS               ORIGIN',
      'filed   -                  active   north   all     -           never              file',
      `team-a  ${hint}  expired  -       all     2026-06-01  2026-06-01T13:00Z  store`,
      '',
    ].join('\n'),
  )
  const listed = (await json('keys list --all', later)) as {
    name: string
    state: string
    revoked?: string
    models?: unknown
    limits?: unknown
  }[]
  assert.deepEqual(
    listed.map(({ name, state }) => [name, state]),
    [
      ['filed', 'active'],
      ['team-a', 'expired'],
      ['gone', 'revoked'],
    ],
  )
  assert.equal(listed[2]?.revoked, '2026-06-01T12:00:00Z')
  assert.deepEqual([listed[2].models, listed[2].limits], [['m*'], { requests: '60/min' }])
  const everything = `${out}${JSON.stringify(listed)}`
  for (const secret of [key, HASH, hashKey(key)]) assert.ok(!everything.includes(secret))
})

test('a list of nothing says how to make a key, and makes no file', async () => {
  const { weir, db, json } = place()
  assert.match(
    (await weir('keys list')).out,
    /^There are no keys, neither in the configuration nor in .*weir-data\/weir\.db\. `weir keys create --name NAME` makes one\.\n$/,
  )
  assert.deepEqual(await json('keys list'), [])
  assert.ok(!existsSync(db))
})

test('a stored key whose name the file has taken later is listed as hidden', async () => {
  const { weir, cwd } = place()
  await weir('keys create --name team-a')
  writeFileSync(join(cwd, 'weir.yaml'), `keys: [{ name: team-a, hash: "${HASH}" }]`)
  const { out } = await weir('keys list')
  assert.match(out, /^team-a .* hidden .* store$/m)
  assert.match(out, /hidden: the configuration file has a key of the same name/)
})

test('a revoked key is named with what it looked like', async () => {
  const { weir, json } = place()
  await weir('keys create --name a')
  await weir('keys create --name b')
  assert.match((await weir('keys revoke a')).out, /^Revoked a: wk_\w{8}_….{4}\. A running gateway refuses it/)
  const revoked = (await json('keys revoke b')) as { name: string; revoked: { publicId: string }[] }
  assert.deepEqual([revoked.name, revoked.revoked.length], ['b', 1])
  const again = await weir('keys revoke b')
  assert.deepEqual([again.code, again.out], [1, ''])
})

test('an unknown name is a no, with the name that was meant', async () => {
  const { weir } = place(`keys: [{ name: filed, hash: "${HASH}" }]`)
  await weir('keys create --name team-alpha')
  for (const command of ['revoke', 'rotate']) {
    const near = await weir(`keys ${command} team-alhpa`)
    assert.equal(near.code, 1)
    assert.match(
      near.err,
      /There is no key called team-alhpa that is not revoked\. Did you mean team-alpha\?\n$/,
    )
    assert.match((await weir(`keys ${command} xyz`)).err, /`weir keys list` shows those there are\.\n$/)
    assert.match(
      (await weir(`keys ${command} filed`)).err,
      /filed is a key of the configuration file: change its/,
    )
    assert.equal((await weir(`keys ${command}`)).code, 2)
  }
})

test('a rotated key overlaps with the one before it, and what is left of that can be closed', async () => {
  const { weir, json } = place()
  const first = (await weir('keys create --name a --models m*')).out.split('\n')[0] ?? ''
  const { code, out } = await weir('keys rotate a')
  assert.equal(code, 0)
  assert.match(out, /^wk_/)
  assert.ok(!out.startsWith(first))
  assert.match(out, /The key before it works until 2026-06-02T12:00:00Z\.$/m)
  const rotated = (await json('keys rotate a --overlap 2h --expires 30d')) as Record<string, unknown>
  assert.deepEqual(
    [rotated['oldUntil'], rotated['expires'], rotated['models']],
    ['2026-06-01T14:00:00Z', '2026-07-01T12:00:00Z', ['m*']],
  )
  assert.equal(((await json('keys revoke a --old')) as { revoked: unknown[] }).revoked.length, 2)
  assert.match((await weir('keys revoke a --old')).err, /There is no older key of a/)
  assert.match((await weir('keys rotate a --overlap 0')).out, /The key before it is revoked\./)
  const wrong = await weir('keys rotate a --overlap soon --expires never')
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /^error: --overlap: expected a duration such as 24h, or 0\nerror: --expires: /)
})

test('the store is where the configuration or a flag says', async () => {
  const { weir, cwd } = place('data: ./elsewhere')
  await weir('keys create --name a')
  assert.ok(existsSync(join(cwd, 'elsewhere/weir.db')))
  await weir('keys create --name b --data-dir ./third')
  assert.ok(existsSync(join(cwd, 'third/weir.db')))
  writeFileSync(join(cwd, 'other.yaml'), 'data: ./fourth')
  await weir('keys create --name c -c other.yaml')
  assert.ok(existsSync(join(cwd, 'fourth/weir.db')))
})

test('a configuration that is broken is explained, and a key can be revoked all the same', async () => {
  const { weir, cwd } = place()
  await weir('keys create --name a')
  writeFileSync(join(cwd, 'weir.yaml'), 'auth: maybe')
  for (const command of ['create --name b', 'list', 'revoke a', 'rotate a']) {
    const { code, out, err } = await weir(`keys ${command}`)
    assert.deepEqual([code, out], [2, ''], command)
    assert.match(err, /auth: expected one of keys, none/)
  }
  const { code, err } = await weir('keys revoke a --data-dir weir-data')
  assert.equal(code, 0)
  assert.match(err, /warning: the configuration is not valid; --data-dir says where the keys are/)
})

test('a store that cannot be used leaves the question open, with what to do', async () => {
  const { weir, db, cwd } = place()
  await weir('keys create --name a')
  const file = new DatabaseSync(db)
  file.exec('UPDATE subjects SET version = 99')
  file.close()
  for (const command of ['create --name b', 'list', 'revoke a', 'rotate a']) {
    const { code, out, err } = await weir(`keys ${command}`)
    assert.deepEqual([code, out], [2, ''], command)
    assert.match(err, /^error: The key store .*weir\.db was written by a newer version of Weir/)
  }
  writeFileSync(join(cwd, 'occupied'), '')
  const blocked = await weir('keys create --name b --data-dir occupied/data')
  assert.equal(blocked.code, 2)
  assert.match(blocked.err, /^error: The key store .* cannot be used: /)
})
