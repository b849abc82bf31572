import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeirError } from '../../core/errors.ts'
import { apiForPath, findRoute, listRoutes, methodsAt, PROXY_PATHS } from './routes.ts'

function refusal(method: string, target: string): { code: string; status: number; message: string } {
  try {
    findRoute(method, target)
  } catch (thrown) {
    assert.ok(thrown instanceof WeirError)
    const { code, status, message } = thrown
    return { code, status, message }
  }
  return assert.fail(`${method} ${target} was found`)
}

test('every path of the table is found by its method, with a query or without', () => {
  for (const { method, endpoint, dialect } of listRoutes()) {
    for (const query of ['', '?a=b', '?']) {
      const route = findRoute(method, endpoint + query)
      assert.equal(route.endpoint, endpoint)
      assert.equal(route.api.dialect, dialect)
    }
  }
})

test('an unknown model in a path never becomes a label', () => {
  for (const id of ['qwen3', 'org/model', 'org%2Fmodel', '__proto__', '%', '']) {
    assert.equal(findRoute('GET', `/v1/models/${id}`).endpoint, '/v1/models/{id}')
  }
})

test('a query does not carry past the check what a path may not', () => {
  for (const [method, path] of [
    ['POST', '/v1/chat/completions'],
    ['GET', '/v1/models'],
  ] as const) {
    assert.equal(refusal(method, `${path}?a#b`).status, 400)
    assert.equal(refusal(method, `${path}?${'a'.repeat(2_048)}`).status, 414)
  }
})

test('paths that change models are closed, by every method', () => {
  const closed = [
    'pull',
    'push',
    'delete',
    'create',
    'copy',
    'blobs/sha256:00',
    'blobs',
    'me',
    'signout',
    'user/keys',
  ]
  for (const path of closed) {
    for (const method of ['GET', 'POST', 'DELETE', 'HEAD', 'PUT']) {
      assert.deepEqual(
        [refusal(method, `/api/${path}`).status, refusal(method, `/api/${path}?x`).code],
        [403, 'forbidden'],
        `${method} ${path}`,
      )
    }
  }
})

test('a method that a path does not have is a 405 that names those it has', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['GET', '/v1/chat/completions', 'POST'],
    ['HEAD', '/v1/chat/completions', 'POST'],
    ['PUT', '/api/chat', 'POST'],
    ['POST', '/v1/models', 'GET'],
    ['POST', '/api/tags', 'GET or HEAD'],
    ['DELETE', '/', 'GET or HEAD'],
    ['OPTIONS', '/v1/models', 'GET'],
    ['DELETE', '/v1/models/qwen3', 'GET'],
    ['get', '/v1/models', 'GET'],
  ]
  for (const [method, path, use] of table) {
    const { status, message } = refusal(method, path)
    assert.equal(status, 405, `${method} ${path}`)
    assert.equal(message, `The method ${method} is not allowed here; use ${use}.`)
    assert.deepEqual(methodsAt(path), use.split(' or '))
  }
  assert.ok(refusal('X'.repeat(10_000), '/v1/models').message.length < 100)
})

test('what is not listed does not exist', () => {
  for (const path of [
    '/v1',
    '/v1/',
    '/v1/chat',
    '/v1/chat/completions/',
    '/V1/models',
    '/metrics',
    '/constructor',
  ]) {
    assert.deepEqual(refusal('POST', path), {
      ...{ code: 'invalid_request', status: 404, message: 'There is nothing at this path.' },
    })
  }
  for (const path of ['/v1/%63hat/completions', '/v1/chat/completions;x', '/api/delete/', '/__proto__']) {
    assert.equal(refusal('POST', path).status, 404, path)
  }
})

test('traversal and absolute forms are refused before anything else is looked at', () => {
  for (const target of [
    '/v1/../api/delete',
    'http://h/v1/models',
    '/api//delete',
    '/api/%2e/delete',
    '*',
    '',
  ]) {
    assert.equal(refusal('POST', target).status, 400, target)
  }
})

test('an error at a path that is not there has the dialect of its neighbours', () => {
  const dialects: Readonly<Record<string, string>> = {
    '/': 'ollama',
    '/api/pull': 'ollama',
    '/api/x': 'ollama',
    '/v1/messages/batches': 'anthropic',
    '/v1/x': 'openai',
    '/x': 'openai',
    'http://h/': 'openai',
    '': 'openai',
  }
  for (const [path, dialect] of Object.entries(dialects))
    assert.equal(apiForPath(path).dialect, dialect, path)
  for (const [path, api] of PROXY_PATHS) assert.equal(apiForPath(path).dialect, api.dialect, path)
})
