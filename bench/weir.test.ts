import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { parse } from 'yaml'
import { toWeirConfig, WEIR_VARIANTS } from './weir.ts'

const PLACE = { upstream: 'http://127.0.0.1:1234', key: 'secret-of-the-bench' }

interface Config {
  keys?: { hash: string; limits?: object }[]
  models?: { price?: object }[]
  auth?: string
  log: { requests: boolean }
  listen: string
  metrics: { listen: string }
  backends: { url: string; models: string[] }[]
  records?: { store: string }
  slos?: object[]
}

function toConfig(name: string): Config {
  const variant = WEIR_VARIANTS.find((candidate) => candidate.name === name)
  assert.ok(variant !== undefined, name)
  return parse(toWeirConfig(variant, PLACE)) as Config
}

test('with everything on, callers need the key, which stands in the file by its hash only', () => {
  const config = toConfig('weir')
  assert.equal(config.keys?.[0]?.hash, `sha256:${createHash('sha256').update(PLACE.key).digest('hex')}`)
  assert.equal(config.auth, undefined)
  assert.equal(config.log.requests, true)
  assert.ok(!JSON.stringify(config).includes(PLACE.key))
})

test('each variant leaves out exactly one thing more than the one before', () => {
  const { records, ...unrecorded } = toConfig('weir-unrecorded')
  const { slos, ...promising } = toConfig('weir')
  assert.deepEqual([records, unrecorded], [{ store: 'off' }, promising])
  assert.equal(slos?.length, 2)
  const { keys, models, ...rest } = toConfig('weir-unrecorded')
  assert.ok(models?.[0]?.price !== undefined && keys?.[0]?.limits !== undefined)
  assert.deepEqual(Object.keys(keys[0].limits), ['requests', 'tokens', 'concurrent', 'budget'])
  const unlimited = { ...keys[0], limits: undefined }
  assert.deepEqual(parse(JSON.stringify({ ...rest, keys: [unlimited] })), toConfig('weir-unlimited'))
  assert.deepEqual(
    { ...toConfig('weir-quiet'), log: undefined },
    { ...toConfig('weir-unlimited'), log: undefined },
  )
  assert.equal(toConfig('weir-quiet').log.requests, false)
  assert.equal(toConfig('weir-bare').auth, 'none')
  assert.equal(toConfig('weir-bare').keys, undefined)
  assert.deepEqual(toConfig('weir-bare').log, toConfig('weir-quiet').log)
})

test('no variant asks for a fixed port', () => {
  for (const { name } of WEIR_VARIANTS) {
    const { listen, metrics } = toConfig(name)
    assert.deepEqual([listen, metrics.listen], ['127.0.0.1:0', '127.0.0.1:0'])
  }
})
