// `weir load` as a gate: the load that objectives bear, two runs held against each other, and what is refused.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openShell, startSimulator } from './support/load-shell.ts'

test('steps find the load that a server with two slots bears', async (context) => {
  // 2 slots of 100 ms each: 20 requests a second, and a queue beyond.
  const { url } = await startSimulator(context, {
    firstTokenMs: 100,
    slots: 2,
    outputTokens: 1,
    queueLength: 1_000,
  })
  const { weir } = openShell(context)
  const { code, out, err } = await weir(
    `load run ${url} --model sim-chat --steps 10,200 --duration 800ms --warm-up 100ms --within firstToken=1s`,
  )
  assert.equal(code, 0, err)
  assert.match(
    out,
    /^meets firstToken within 1s up to 10 requests\/s, confirmed by a second run; breaks at 200$/m,
  )
  assert.match(err, / 10\/s {2}meets/)
  assert.match(err, /200\/s {2}breaks .*firstToken within 1s: \d+(\.\d+)? % instead of 95 %/)
})

test('two runs of the same server show no change, one of a slower one does, and the gate closes', async (context) => {
  const simulator = await startSimulator(context, { firstTokenMs: 40, jitterRatio: 0.3, outputTokens: 2 })
  const { weir } = openShell(context)
  const save = async (file: string): Promise<void> => {
    const flags = '--rate 100/s --duration 800ms --warm-up 100ms --seed 5'
    const { code, err } = await weir(`load run ${simulator.url} --model sim-chat ${flags} --save ${file}`)
    assert.equal(code, 0, err)
  }
  await save('base.json')
  await save('same.json')
  simulator.configure({ firstTokenMs: 80 })
  await save('slow.json')
  const gate = '--fail-if p50>+30% --fail-if errors>1%'
  const same = await weir(`load compare base.json same.json ${gate}`)
  assert.equal(same.code, 0, same.out)
  assert.match(same.out, /one run on a side/)
  const slow = await weir(`load compare base.json slow.json ${gate}`)
  assert.equal(slow.code, 1, slow.out)
  assert.match(slow.out, /^FAILED +p50>\+30%: .* \(\+\d+(\.\d)?%\), between/m)
  assert.match(slow.out, /^firstToken p50 .* worse$/m)
  assert.match(slow.out, /^ok +errors>1%: it is 0%$/m)
  const json = JSON.parse((await weir(`load compare base.json slow.json ${gate} --json`)).out) as {
    readonly exitCode: number
    readonly conditions: readonly { readonly verdict: string }[]
  }
  assert.deepEqual([json.exitCode, json.conditions.map(({ verdict }) => verdict)], [1, ['broken', 'kept']])
  const several = await weir('load compare base.json slow.json --base same.json')
  assert.equal(several.code, 0)
  assert.match(several.out, /whole runs are drawn|one run on a side/)
})

test('wrong usage says what to write, and loads nobody', async (context) => {
  const { weir, folder } = openShell(context)
  writeFileSync(join(folder, 'other.json'), '{"kind":"something"}')
  writeFileSync(join(folder, 'old.json'), '{"kind":"weir-load","schemaVersion":0}')
  writeFileSync(join(folder, 'broken.json'), '{"kind":')
  const refused: Readonly<Record<string, RegExp>> = {
    'load run http://8.8.8.8 --model m': /8\.8\.8\.8 is neither this machine .* --allow-host 8\.8\.8\.8/,
    'load run localhost:1 --model m': /expected an address/,
    'load run http://127.0.0.1:1': /--model: http:\/\/127\.0\.0\.1:1 does not tell its models/,
    'load run http://127.0.0.1:1 --model m --save no/such/folder/x.json': /--save.*no\/such\/folder.*ENOENT/,
    'load run http://127.0.0.1:1 --model m --save .': /--save.*is a folder/,
    'load run http://127.0.0.1:1 --model m --rate quick --within p95=2s':
      /--within: expected[^]*--rate: expected/,
    'load run http://127.0.0.1:1 --model m --fail-if p95>+10%': /weir load compare/,
    'load run http://127.0.0.1:1 --model m --key-env NO_SUCH': /NO_SUCH is not set/,
    'load run http://127.0.0.1:1 --model m --find-limit': /give --within/,
    'load run --model m -c missing.yaml': /missing\.yaml/,
    'load compare a.json other.json': /a\.json cannot be read: ENOENT/,
    'load compare other.json other.json': /was not written by weir load run --save/,
    'load compare old.json old.json': /version 0, and this Weir reads version 1/,
    'load compare broken.json broken.json': /is not JSON/,
    'load compare other.json other.json --fail-if latency>2': /there is no latency/,
    'load compare other.json': /NEW/,
  }
  for (const [line, expected] of Object.entries(refused)) {
    const { code, out, err } = await weir(line)
    assert.deepEqual([code, out], [2, ''], line)
    assert.match(err, expected, line)
  }
})

test('without a model the only one there that writes is asked, and where there are more they are named', async (context) => {
  const one = await startSimulator(context, { models: ['chat', 'nomic-embed-text'], outputTokens: 2 })
  const { weir } = openShell(context)
  const flags = '--requests 2 --rate 50/s --warm-up 0s'
  for (const api of ['openai', 'ollama', 'anthropic']) {
    const { code, out, err } = await weir(`load run ${one.url} ${flags} --api ${api} --json`)
    assert.equal(code, 0, err)
    assert.match(out, /"model":"chat"/, api)
  }
  const two = await startSimulator(context, { models: ['chat', 'large', 'nomic-embed-text'] })
  const { code, err } = await weir(`load run ${two.url} ${flags}`)
  assert.deepEqual([code, /error: --model: which one\? .* has chat, large\n/.test(err)], [2, true], err)
  const keyed = await startSimulator(context, { apiKey: 'a-key', models: ['chat'] })
  assert.match((await weir(`load run ${keyed.url} ${flags}`)).err, /HTTP 401\): name one or give a key/)
  const none = await startSimulator(context, { models: ['bge-m3'] })
  assert.match((await weir(`load run ${none.url} ${flags}`)).err, /lists no model that writes/)
})

test('where nobody answers nothing is sent, and that is said at once', async (context) => {
  const { weir } = openShell(context)
  const { code, out, err } = await weir('load run http://127.0.0.1:1 --model m --duration 60s')
  assert.deepEqual([code, out], [1, ''])
  assert.match(err, /^error: nobody answers at http:\/\/127\.0\.0\.1:1, nothing was sent: .*ECONNREFUSED/)
})
