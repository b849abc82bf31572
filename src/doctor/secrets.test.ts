import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSetup } from '../app/doctor.ts'
import { systemClock } from '../core/clock.ts'
import { systemIds } from '../core/ids.ts'
import { Secret } from '../core/secret.ts'
import { toConfig } from '../../test/support/weir.ts'
import { fail } from './finding.ts'
import { hideSecrets, secretsOf } from './secrets.ts'

test('every secret of the configuration and the flags is hidden, and addresses can still be read', async () => {
  const config = toConfig({
    backends: [{ name: 'a', url: 'http://127.0.0.1:1', kind: 'openai', apiKey: 'sk-of-the-backend' }],
    state: 'redis://:a%20pass-word@127.0.0.1:6379',
    records: { store: 'postgres://weir@127.0.0.1:5432/weir' },
    alerts: {
      receivers: [
        { name: 'hook', kind: 'webhook', url: 'https://chat.example.com/services/T000/B000/token-of-it' },
        { name: 'am', kind: 'alertmanager', url: 'http://127.0.0.1:9093' },
      ],
    },
  })
  const options = {
    places: {},
    generate: false,
    generateMs: 1,
    notify: false,
    key: new Secret('wk_of-the-doctor'),
  }
  const setup = await createSetup({ config, options }, { clock: systemClock, ids: systemIds })
  const finding = fail(
    'sk-of-the-backend at redis://:a%20pass-word@127.0.0.1, postgres://weir@127.0.0.1:5432/weir',
    {
      means: 'http://127.0.0.1:9093 got https://chat.example.com/services/T000/B000/token-of-it',
      fix: 'not with wk_of-the-doctor or "a pass-word"',
    },
  )
  assert.deepEqual(hideSecrets(finding, secretsOf(setup)), {
    status: 'fail',
    seen: '<secret> at redis://:<secret>@127.0.0.1, postgres://weir@127.0.0.1:5432/weir',
    means: 'http://127.0.0.1:9093 got https://chat.example.com<secret>',
    fix: 'not with <secret> or "<secret>"',
  })
})
