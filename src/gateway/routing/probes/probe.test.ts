import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, test } from 'node:test'
import { systemClock } from '../../../core/clock.ts'
import { backendSchema } from '../../config.ts'
import { Dialer } from '../../upstream/dial/dialer.ts'
import { Backend, type ProbeResult } from '../backend.ts'
import { fetchRunning, probeBackend } from './probe.ts'

/** What a page says: status and body; nothing at all; or a connection that breaks. */
type Said = readonly [status: number, body: string] | 'nothing' | 'break'

const PATIENCE = { timeoutMs: 400, clock: systemClock }
const LISTING: Said = [200, '{"data":[{"id":"m"}]}']
const TAGS: Said = [200, '{"models":[{"name":"m:latest","size":1}]}']
const LOADING: Said = [503, '{"error":{"message":"Loading model","code":503}}']

let servers: Server[] = []
const asked: string[] = []

afterEach(() => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  servers = []
  asked.length = 0
})

async function serve(pages: Readonly<Record<string, Said>>): Promise<string> {
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const said = pages[request.url ?? ''] ?? [404, '{}']
    if (said === 'nothing') return
    if (said === 'break') request.socket.resetAndDestroy()
    else response.writeHead(said[0], { location: '/elsewhere' }).end(said[1])
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function open(url: string, given: Readonly<Record<string, unknown>>): Backend {
  const settings = backendSchema.parse({ name: 'a', url, ...given })
  return new Backend(settings, new Dialer({ clock: systemClock }))
}

async function probe(
  kind: string,
  pages: Readonly<Record<string, Said>>,
  given: Readonly<Record<string, unknown>> = {},
): Promise<ProbeResult> {
  return probeBackend(open(await serve(pages), { kind, ...given }), PATIENCE)
}

const OLLAMA = { '/api/tags': TAGS, '/api/version': [200, '{"version":"1.2"}'] } as const
const LLAMACPP = { '/v1/models': LISTING, '/health': [200, '{"status":"ok"}'] } as const

const CASES: readonly {
  readonly name: string
  readonly kind: string
  readonly pages: Readonly<Record<string, Said>>
  readonly given?: Readonly<Record<string, unknown>>
  readonly finding: ProbeResult['finding']
  readonly problem?: RegExp
}[] = [
  { name: 'pages as they should be', kind: 'ollama', pages: OLLAMA, finding: 'answers' },
  { name: 'a health page that is well', kind: 'llamacpp', pages: LLAMACPP, finding: 'answers' },
  {
    name: 'a health page that says loading',
    kind: 'llamacpp',
    pages: { ...LLAMACPP, '/health': LOADING },
    finding: 'loading',
    problem: /loading its model/,
  },
  {
    name: 'a listing that says loading, whatever else is wrong',
    kind: 'llamacpp',
    pages: { '/v1/models': LOADING, '/health': [500, ''] },
    finding: 'loading',
  },
  {
    name: 'a health page that says 503 and not why',
    kind: 'vllm',
    pages: { '/v1/models': LISTING, '/health': [503, ''] },
    finding: 'refused',
    problem: /\/health answered 503/,
  },
  { name: 'a listing that has no room', kind: 'openai', pages: { '/v1/models': [429, ''] }, finding: 'busy' },
  {
    name: 'a wrong key',
    kind: 'openai',
    pages: { '/v1/models': [401, ''] },
    finding: 'refused',
    problem: /answered 401/,
  },
  {
    name: 'a wrong key, with models that are configured',
    kind: 'openai',
    pages: { '/v1/models': [401, ''] },
    given: { models: ['m'] },
    finding: 'refused',
  },
  {
    name: 'no listing, with models that are configured',
    kind: 'openai',
    pages: {},
    given: { models: ['m'] },
    finding: 'answers',
  },
  {
    name: 'a key that may not list, with models that are configured',
    kind: 'openai',
    pages: { '/v1/models': [403, ''] },
    given: { models: ['m'] },
    finding: 'answers',
  },
  {
    name: 'a key that may not list',
    kind: 'openai',
    pages: { '/v1/models': [403, ''] },
    finding: 'refused',
    problem: /answered 403/,
  },
  { name: 'no listing', kind: 'openai', pages: {}, finding: 'refused', problem: /answered 404/ },
  {
    name: 'a listing that is no JSON',
    kind: 'openai',
    pages: { '/v1/models': [200, '<html>'] },
    finding: 'refused',
    problem: /has no list data/,
  },
  {
    name: 'a listing without its list',
    kind: 'ollama',
    pages: { ...OLLAMA, '/api/tags': [200, '{"data":[]}'] },
    finding: 'refused',
  },
  {
    name: 'a redirect, which is not followed',
    kind: 'openai',
    pages: { '/v1/models': [302, ''], '/elsewhere': LISTING },
    finding: 'refused',
    problem: /answered 302/,
  },
  {
    name: 'silence',
    kind: 'openai',
    pages: { '/v1/models': 'nothing' },
    finding: 'silent',
    problem: /took over 400 ms/,
  },
  {
    name: 'silence of one page of several',
    kind: 'ollama',
    pages: { ...OLLAMA, '/api/version': 'nothing' },
    finding: 'silent',
  },
  { name: 'a connection that breaks', kind: 'openai', pages: { '/v1/models': 'break' }, finding: 'refused' },
  {
    name: 'a listing too large to be one',
    kind: 'openai',
    pages: { '/v1/models': [200, ' '.repeat(9_000_000)] },
    finding: 'refused',
    problem: /more than 8388608 bytes/,
  },
]

for (const { name, kind, pages, given, finding, problem } of CASES) {
  test(`${name}: ${finding}`, async () => {
    const result = await probe(kind, pages, given)
    assert.equal(result.finding, finding, result.problem)
    if (problem !== undefined) assert.match(result.problem ?? '', problem)
    assert.ok(
      asked.every((each) => each.startsWith('GET ') && !each.includes('elsewhere')),
      asked.join(),
    )
    if (finding !== 'answers') assert.equal(result.models, undefined)
  })
}

test('nobody there is refused', async () => {
  const url = await serve({})
  servers[0]?.close()
  const result = await probeBackend(open(url, { kind: 'openai' }), PATIENCE)
  assert.deepEqual([result.finding, /ECONNREFUSED/.test(result.problem ?? '')], ['refused', true])
})

test('it learns models and version, and leaves out names that could not be a label', async () => {
  const entries = ['good', ' bad', 'line\nbreak', 'x'.repeat(300)].map((id) => ({ id }))
  const result = await probe('openai', {
    '/v1/models': [200, JSON.stringify({ data: [...entries, {}, null, 3] })],
  })
  assert.deepEqual(
    result.models?.map(({ name }) => name),
    ['good'],
  )
  assert.equal((await probe('ollama', OLLAMA)).version, '1.2')
})

test('what is in memory is read with care: sizes that are none count as 0, and no model has more in the GPU than it has', async () => {
  const models = [
    { name: 'a', size: 10, size_vram: 4, expires_at: 'x' },
    { name: 'b', size: 10, size_vram: 40 },
    { model: 'c', size: '10', size_vram: -1 },
    { size: 3 },
    null,
  ]
  const backend = open(await serve({ '/api/ps': [200, JSON.stringify({ models })] }), { kind: 'ollama' })
  assert.deepEqual(await fetchRunning(backend, PATIENCE), [
    { name: 'a', bytes: 10, vramBytes: 4, expiresAt: 'x' },
    { name: 'b', bytes: 10, vramBytes: 10, expiresAt: '' },
    { name: 'c', bytes: 0, vramBytes: 0, expiresAt: '' },
  ])
})

test('what is in memory cannot be said without a list', async () => {
  for (const said of [[200, '{}'], [404, '{}'], 'nothing', 'break', [200, 'x']] as const) {
    const backend = open(await serve({ '/api/ps': said }), { kind: 'ollama' })
    await assert.rejects(fetchRunning(backend, PATIENCE))
  }
})

test('names that could be no header and no label are passed over', async () => {
  const names = ['m', '模型:1', '𝔪', 'a b', ' a', 'a\n', '\u0000', '', '\ud835', 'x'.repeat(256)]
  const listing = JSON.stringify({ data: names.map((id) => ({ id })) })
  const { models } = await probe('openai', { '/v1/models': [200, listing] })
  assert.deepEqual(
    models?.map(({ name }) => name),
    ['m', '模型:1', '𝔪', 'a b'],
  )
})

test('what this machine could not ask says nothing about the backend', async () => {
  for (const [code, finding] of [
    ['EMFILE', undefined],
    ['ENOTFOUND', 'refused'],
  ] as const) {
    const lookup = () => Promise.reject(Object.assign(new Error('no lookup'), { code }))
    const settings = backendSchema.parse({ name: 'a', url: 'http://model.test', kind: 'openai' })
    const backend = new Backend(settings, new Dialer({ clock: systemClock, lookup }))
    assert.equal((await probeBackend(backend, PATIENCE)).finding, finding, code)
  }
})
