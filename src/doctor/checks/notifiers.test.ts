import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAnswer, examine, examineOne, startServer } from '../../../test/support/doctor.ts'

const SLOS = { slos: [{ name: 'a', sli: 'availability', objective: '99%', window: '30d' }] }

test('a receiver is sent a message only when that is asked for, and says how it took it', async (t) => {
  let taken = 0
  const url = await startServer(t, (request, response) => {
    taken += 1
    request.resume()
    response.statusCode = request.url === '/bad' ? 403 : 200
    response.end()
  })
  const receivers = ['good', 'bad'].map((name) => ({ name, kind: 'webhook', url: `${url}/${name}` }))
  const written = { ...SLOS, alerts: { receivers } }
  assertAnswer(await examineOne({ written, only: 'notifiers' }), 'skip', /--notify sends each of 2 receivers/)
  assert.equal(taken, 0)
  const answers = await examine({ written, only: ['notifiers'], options: { notify: true } })
  assert.equal(taken, 2)
  assertAnswer(
    answers.find(({ subject }) => subject === 'good')!,
    'ok',
    /webhook took the test message/,
  )
  assertAnswer(
    answers.find(({ subject }) => subject === 'bad')!,
    'fail',
    /did not take/,
    /weir alerts test bad/,
  )
})

test('promises of which nobody is told are said, unless a Prometheus is to ring', async () => {
  assertAnswer(
    await examineOne({ written: SLOS, only: 'notifiers' }),
    'warn',
    /no alerts\.receivers/,
    /receivers/,
  )
  assertAnswer(await examineOne({ written: {}, only: 'notifiers' }), 'skip', /no receivers/)
  const options = { places: { prometheus: 'http://127.0.0.1:1' } }
  assertAnswer(
    await examineOne({ written: SLOS, only: 'notifiers', options }),
    'skip',
    /Prometheus is to ring/,
  )
})
