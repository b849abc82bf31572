import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inputOf, RICH } from '../fixtures/deploy-input.ts'
import { assertGolden } from '../fixtures/golden.ts'
import { renderSystemd } from './systemd.ts'

function unitOf(written: string): string {
  const [file] = renderSystemd(inputOf(written, 'files'))
  return file?.text ?? assert.fail('there is a unit')
}

test('the unit is as it was', () => {
  assertGolden('systemd.rich.txt', renderSystemd(inputOf(RICH, 'files')))
})

test('it is killed later than the gateway stops by itself', () => {
  assert.match(unitOf('{ server: { drain: 2m } }'), /^TimeoutStopSec=135$/m)
})

test('it is started again also where a port was taken, which ends as a refused configuration does', () => {
  const unit = unitOf('{}')
  assert.match(unit, /^Restart=on-failure$/m)
  assert.doesNotMatch(unit, /RestartPreventExitStatus/)
  // systemd gives up after five starts in ten seconds.
  assert.match(unit, /^RestartSec=5$/m)
})

test('as many files may be open as its connections need', () => {
  assert.match(unitOf('{ server: { maxConnections: 1000 } }'), /^LimitNOFILE=6096$/m)
})

test('it has no capability, unless a listener wants a port of the system', () => {
  assert.match(unitOf('{}'), /^CapabilityBoundingSet=$/m)
  assert.match(unitOf('{ listen: ":443" }'), /^CapabilityBoundingSet=CAP_NET_BIND_SERVICE$/m)
  assert.match(unitOf('{ listen: ":0" }'), /^CapabilityBoundingSet=$/m)
})

test('whatever makers of GPUs it reads, their devices are in reach', () => {
  const allowed = [...unitOf('{}').matchAll(/^DeviceAllow=char-(\S+) rw$/gm)].map(([, name]) => name)
  for (const name of ['nvidia', 'nvidiactl', 'drm', 'kfd']) assert.ok(allowed.includes(name), name)
})

test('in a container and in a cluster something else starts it', () => {
  assert.deepEqual(renderSystemd(inputOf('{}', 'compose')), [])
  assert.deepEqual(renderSystemd(inputOf('{}', 'kubernetes')), [])
})
