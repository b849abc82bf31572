// Entries of `models`: the forms they may be written in, and one bad configuration for every rule with its exact text.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { printProblem } from './explain.ts'
import { createLoader } from './load.ts'
import type { Config } from './resolve.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-config-'))
after(() => rmSync(folder, { recursive: true }))

const BACKENDS = 'backends: [{ name: a, url: "http://x" }, { name: b, url: "http://y" }]'

const PLACE = /^weir\.yaml:2:\d+: /

function load(models: string): Config | readonly string[] {
  writeFileSync(join(folder, 'weir.yaml'), `${BACKENDS}\nmodels: ${models}`)
  const result = createLoader({ file: undefined, given: [], env: {}, cwd: folder })()
  return result.ok
    ? result.config
    : result.problems.map((problem) => printProblem(problem).replace(PLACE, ''))
}

test('a backend of a model is written as its name or as a map', () => {
  const config = load(
    '[{ name: m, strategy: weighted, backends: [a, { name: b, model: Org/M, weight: 3 }] }]',
  )
  assert.ok('gateway' in config, JSON.stringify(config))
  assert.deepEqual(config.gateway.models[0]?.backends, [
    { name: 'a' },
    { name: 'b', model: 'Org/M', weight: 3 },
  ])
})

test('models may fall back to each other: fallbacks of a fallback are not followed', () => {
  const config = load('[{ name: m, fallback: [n] }, { name: n, aliases: ["o*"], fallback: [m, x] }]')
  assert.ok('gateway' in config, JSON.stringify(config))
  assert.deepEqual(
    config.gateway.models.map(({ fallback }) => fallback),
    [['n'], ['m', 'x']],
  )
})

const PROBLEMS: Readonly<Record<string, readonly [models: string, ...problems: string[]]>> = {
  'an alias is the name of nothing else': [
    '[{ name: m, aliases: [x, m] }, { name: y, aliases: [x] }]',
    'models[0].aliases[1]: is the same as models[0].name, found "m"; leave it out in one of the two places',
    'models[1].aliases[0]: is the same as models[0].aliases[0], found "x"; leave it out in one of the two places',
  ],
  'what a model stands for is no entry of its own, unless it says who serves it': [
    '[{ name: fast, model: m }, { name: m }, { name: slow, model: m, backends: [a] }]',
    'models[0].model: is an entry of its own (models[1]), and what is said there would not count here, found "m"; write aliases: ["fast"] there in place of this entry, or list backends here',
  ],
  'a model does not fall back to itself, by whatever name': [
    '[{ name: m, aliases: [x], model: y, fallback: [m, x, y, z, z] }]',
    'models[0].fallback[0]: is the model itself, found "m"; name another model, or leave it out',
    'models[0].fallback[1]: is the model itself, found "x"; name another model, or leave it out',
    'models[0].fallback[2]: is the model itself, found "y"; name another model, or leave it out',
    'models[0].fallback[4]: is listed twice, found "z"; list each model once',
  ],
  'what is asked for is one model': [
    '[{ name: "m*", model: "x*", fallback: ["y*"], backends: [{ name: a, model: "z*" }] }]',
    'models[0].model: expected one model, not a pattern, found "x*"',
    'models[0].backends[0].model: expected one model, not a pattern, found "z*"',
    'models[0].fallback[0]: expected one model, not a pattern, found "y*"',
  ],
  'a backend of a model has a name, and is there once': [
    '[{ name: m, backends: [3, { weight: 2 }, a, { name: a }, { name: c }] }]',
    'models[0].backends[0]: expected the name of a backend, or a map with its name, found 3',
    'models[0].backends[1].name: is missing: expected the name of a backend, or a map with its name',
    'models[0].backends[1].weight: counts only with strategy weighted, found 2; add strategy: weighted, or leave it out',
    'models[0].backends[3]: is listed twice, found a map; list each backend once',
    'models[0].backends[4]: expected the name of a backend, found a map; did you mean a?',
  ],
  'weights and tiers are for the strategies that use them': [
    '[{ name: m, backends: [{ name: a, weight: 2 }, { name: b, priority: 1 }] }]',
    'models[0].backends[0].weight: counts only with strategy weighted, found 2; add strategy: weighted, or leave it out',
    'models[0].backends[1].priority: counts only with strategy priority, found 1; add strategy: priority, or leave it out',
  ],
  'a strategy has what it goes by': [
    '[{ name: m, strategy: weighted, backends: [a, b] }, { name: n, strategy: priority }]',
    'models[0].strategy: no backend here has a weight, found "weighted"; list backends with a weight each, or write round-robin',
    'models[1].strategy: there is no order to go by, found "priority"; list backends, the first one first',
  ],
  'either every backend has a tier or none': [
    '[{ name: m, strategy: priority, backends: [a, { name: b, priority: 2 }] }]',
    'models[0].backends[0]: has no priority, others have, found "a"; give one to each backend, or to none: then the order of the list counts',
  ],
}

for (const [rule, [models, ...expected]] of Object.entries(PROBLEMS)) {
  test(rule, () => {
    const found = load(models)
    assert.ok(!('gateway' in found), 'it was accepted')
    assert.deepEqual(found.toSorted(), expected.toSorted())
  })
}
