import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTarget, refuseStranger, type Target } from './target.ts'

const targetOf = (text: string): Target => {
  const read = parseTarget(text)
  return 'target' in read ? read.target : assert.fail(read.complaint)
}
const never = (): never => assert.fail('an address is not looked up')

test('the base address that client libraries want is taken as well', () => {
  for (const text of ['http://127.0.0.1:18789', 'http://127.0.0.1:18789/', 'http://127.0.0.1:18789/v1/'])
    assert.equal(targetOf(text).shown, 'http://127.0.0.1:18789')
  assert.equal(targetOf('https://ai.example/gateway/v1').basePath, '/gateway')
})

test('what is no address, or holds a password, is refused', () => {
  for (const text of ['', 'localhost:80', 'ftp://a', 'http://', 'http://a/?x=1', 'http://u:p@127.0.0.1'])
    assert.ok('complaint' in parseTarget(text), text)
})

test('this machine and private networks are loaded without being asked', async () => {
  for (const host of [
    '127.0.0.1',
    '127.9.9.9',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '::1',
    'fd00::1',
  ])
    assert.equal(await refuseStranger({ host }, undefined, never), undefined, host)
})

test('anybody else is named, and loaded only when the same host is named again', async () => {
  for (const host of ['8.8.8.8', '172.32.0.1', '169.254.169.254', '2001:db8::1']) {
    assert.match((await refuseStranger({ host }, undefined, never)) ?? '', /neither this machine/, host)
    assert.equal(await refuseStranger({ host }, host, never), undefined)
    assert.match((await refuseStranger({ host }, 'other.example', never)) ?? '', /--allow-host/)
  }
})

test('a name counts as what it is found at, and one strange address is enough to refuse', async () => {
  const host = 'ai.example'
  assert.equal(await refuseStranger({ host }, undefined, async () => ['10.0.0.1', 'fd00::2']), undefined)
  assert.match(
    (await refuseStranger({ host }, undefined, async () => ['10.0.0.1', '93.184.215.14'])) ?? '',
    /^ai\.example \(93\.184\.215\.14\)/,
  )
  assert.match((await refuseStranger({ host }, undefined, async () => [])) ?? '', /neither this machine/)
  const lost = async (): Promise<never> => Promise.reject(new Error('ENOTFOUND'))
  assert.equal(await refuseStranger({ host }, undefined, lost), 'the name ai.example is not found')
})
