// The image is built where no test can: what it says is held against what it must agree with.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GATEWAY_USER } from '../../src/stack/compose/gateway.ts'
import { GATEWAY_UID } from '../../src/stack/kubernetes/names.ts'
import { textOf } from './repository.ts'

/** Lines that go on are one. */
const image = textOf('Dockerfile').replaceAll(/\\\n\s*/g, '')

function instructions(name: string): readonly string[] {
  return [...image.matchAll(new RegExp(`^${name} +(.*)$`, 'gm'))].map((match) => match[1] ?? '')
}

test('the image runs the Node that the tests run on', () => {
  const { devDependencies } = JSON.parse(textOf('package.json')) as {
    devDependencies: Record<string, string>
  }
  assert.equal(instructions('ARG')[0], `NODE_IMAGE=node:${devDependencies['node']}-bookworm-slim`)
  assert.deepEqual(
    instructions('FROM').map((line) => line.split(' ')[0]),
    ['${NODE_IMAGE}', '${NODE_IMAGE}'],
  )
})

test('it runs as the user that compose and Kubernetes expect, by number', () => {
  assert.deepEqual(instructions('USER'), [GATEWAY_USER])
  assert.equal(GATEWAY_USER, `${GATEWAY_UID}:${GATEWAY_UID}`)
})

test('it takes signals itself, asks for its health without curl, and listens where it says', () => {
  for (const name of ['ENTRYPOINT', 'CMD']) {
    assert.ok(
      instructions(name).every((line) => Array.isArray(JSON.parse(line))),
      name,
    )
  }
  const [health = ''] = instructions('HEALTHCHECK')
  assert.match(health, /CMD \["node", /)
  const ports = (instructions('EXPOSE')[0] ?? '').split(' ')
  for (const port of ports) assert.ok(instructions('CMD').join().includes(`":${port}"`), port)
})

test('everything it copies is left in by .dockerignore, and tests are not', () => {
  const ignored = textOf('.dockerignore').split('\n')
  assert.ok(ignored.includes('*'))
  for (const file of [
    'package.json',
    'package-lock.json',
    '.npmrc',
    'tsconfig.json',
    'tsconfig.build.json',
    'src',
    'LICENSE',
  ]) {
    assert.ok(ignored.includes(`!${file}`), file)
  }
  assert.ok(ignored.includes('src/**/*.test.ts'))
})
