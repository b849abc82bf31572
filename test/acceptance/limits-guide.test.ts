// The guide to limits: its configurations are read as they stand there, and serve.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { hashKey } from '../../src/access/create-key.ts'
import { startStage, toConfig, type Written } from '../support/weir.ts'

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/guide/limits.md'), 'utf8')
const KEY = 'wk_guide000_0123456789012345678901234567'
const examples = [...GUIDE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, text = '']) => parse(text.replace('sha256:…', hashKey(KEY))) as Written,
)

test('every configuration of the guide is valid', () => {
  assert.equal(examples.length, 3)
  for (const example of examples) toConfig(example)
})

test('the first one serves and limits as the guide says', async (context) => {
  const data = mkdtempSync(join(tmpdir(), 'weir-limits-guide-'))
  context.after(() => rmSync(data, { recursive: true }))
  const stage = await startStage({ config: { ...examples[0], data } })
  const response = await fetch(`${stage.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: '{"model":"sim-chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}',
  })
  await response.text()
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('x-ratelimit-limit-requests'), '60')
  assert.equal(response.headers.get('x-ratelimit-limit-tokens'), '100000')
  assert.deepEqual((await stage.untilSealed(1))[0]?.cost?.currency, 'CNY')
  await stage.stop()
})
