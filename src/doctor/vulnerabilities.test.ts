import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBefore, parseVersion, vulnerabilitiesOf, VULNERABILITIES } from './vulnerabilities.ts'

test('versions are compared by their numbers', () => {
  const before = (left: string, right: string): boolean => isBefore(parseVersion(left)!, parseVersion(right)!)
  assert.ok(before('0.9.10', '0.17.1'))
  assert.ok(before('0.17', '0.17.1'))
  assert.ok(before('b999-abc', 'b8146'))
  assert.ok(!before('0.17.1', '0.17.1'))
  assert.ok(!before('v0.17.1-rc2', '0.17.1'))
  assert.equal(parseVersion('main'), undefined)
})

test('a hole is one from the version that made it to the one that mended it', () => {
  const ids = (kind: string, version: string) => vulnerabilitiesOf(kind, version)?.map(({ id }) => id)
  assert.deepEqual(ids('ollama', '0.17.0'), ['CVE-2026-7482'])
  assert.deepEqual(ids('ollama', '0.1.33'), ['CVE-2026-7482', 'CVE-2024-37032'])
  assert.deepEqual(ids('vllm', '0.8.2'), ['CVE-2025-48944', 'CVE-2025-59425'])
  assert.deepEqual(ids('vllm', '0.14.0'), ['CVE-2026-22778'])
  assert.deepEqual(ids('vllm', '0.14.1'), [])
  assert.deepEqual(ids('openai', '1'), [])
  assert.equal(ids('ollama', '0.0.0'), undefined)
  assert.equal(ids('ollama', 'dev'), undefined)
})

test('every hole has a version that mends it', () => {
  for (const { id, fixed } of VULNERABILITIES) assert.ok(parseVersion(fixed) !== undefined, id)
})
