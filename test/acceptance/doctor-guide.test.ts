// docs/guide/doctor.md, held to what it says: its commands run, and it names every question and flag.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CHECKS } from '../../src/doctor/checks.ts'
import { GROUPS } from '../../src/doctor/check.ts'
import { createShell } from '../support/shell.ts'
import { startStage } from '../support/weir.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/doctor.md', import.meta.url), 'utf8')

test('the commands of the guide are understood, and what they say of a gateway that runs is well', async (t) => {
  const stage = await startStage()
  t.after(() => stage.stop())
  const file = {
    ...{ listen: `127.0.0.1:${stage.port}`, metrics: { listen: new URL(stage.metricsUrl).host } },
    ...{ backends: [{ name: 'sim', url: stage.simulatorUrl, kind: 'simulator' }], records: { store: 'off' } },
  }
  const weir = createShell(t, JSON.stringify(file))
  const commands = [...GUIDE.matchAll(/^weir (doctor.*)$/gm)].map(([, line]) => line ?? '')
  assert.ok(commands.length >= 5)
  for (const command of commands) {
    // Nobody listens where the examples say that Prometheus and Alertmanager do, unless this machine has them.
    const { code, out, err } = await weir(command.replaceAll(/ --(prometheus|alertmanager) \S+/g, ''))
    assert.equal(code, 0, `${command}\n${out}${err}`)
  }
})

test('the guide names every question under its group, and no other', () => {
  const rows = [...GUIDE.matchAll(/^\| (?:`(\w+)`)? +\| `([\w-]+)` +\|/gm)]
  let group = ''
  const named = rows.map(([, of, name]) => {
    group = of ?? group
    return `${group} ${name}`
  })
  const known = ['setup config', ...CHECKS.map((check) => `${check.group} ${check.name}`)]
  assert.deepEqual(named.toSorted(), known.toSorted())
  for (const name of Object.keys(GROUPS)) assert.ok(GUIDE.includes(`\`${name}\``), name)
})

test('the guide names every flag of the command', async (t) => {
  const { out } = await createShell(t, '{}')('doctor --help')
  const flags = [
    ...out.matchAll(
      /^ +(--(?:json|generate|patience|notify|prometheus|alertmanager|grafana|proxy|key-file|only))\b/gm,
    ),
  ]
  assert.equal(flags.length, 10)
  for (const [, flag = ''] of flags) assert.ok(GUIDE.includes(flag), flag)
})
