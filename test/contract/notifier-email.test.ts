// E-mail before a real mail server in a process of its own: TLS, logging in, who is refused, and how mails of one group hang together.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Delivery, Message } from '../../src/alerting/notifier.ts'
import { receiverSchema } from '../../src/alerting/notifiers/config.ts'
import { createNotifier } from '../../src/alerting/notifiers/registry.ts'
import { systemClock } from '../../src/core/clock.ts'
import { createCountingIds } from '../../src/core/ids.ts'
import { createCertificate, type Certificate } from '../support/openssl.ts'
import { createMessage } from '../support/receivers/messages.ts'
import { readMail, startSmtp, type SmtpProcess, type SmtpSettings } from '../support/receivers/smtp.ts'
import { until } from '../support/weir.ts'

const PASSWORD = 'p@ss:w%rd/0123456789'

async function open(context: TestContext, settings: SmtpSettings): Promise<SmtpProcess> {
  const server = await startSmtp(settings)
  context.after(() => server.stop())
  return server
}

interface Sending {
  readonly written: Readonly<Record<string, unknown>>
  readonly message?: Message
}

async function send(
  { port }: SmtpProcess,
  { written, message = createMessage() }: Sending,
): Promise<Delivery> {
  const { user, password, scheme = 'smtp', ...rest } = written as Record<string, string | undefined>
  const login = user === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password ?? '')}@`
  const settings = { name: 'team', kind: 'email', to: ['team@example.com'], ...rest }
  const notifier = createNotifier(
    receiverSchema.parse({ ...settings, smtp: `${scheme}://${login}127.0.0.1:${port}` }),
    { clock: systemClock, ids: createCountingIds() },
  )
  const delivery = await notifier.deliver(message, new AbortController().signal)
  await notifier.close()
  assert.ok(!JSON.stringify(delivery).includes(PASSWORD), JSON.stringify(delivery))
  return delivery
}

function certificateFor(context: TestContext): Certificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'weir-mail-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return createCertificate(context, folder)
}

function trust(context: TestContext, { certificateFile }: Certificate): void {
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, readFileSync(certificateFile, 'utf8')])
  context.after(() => setDefaultCACertificates(before))
}

for (const [tls, scheme] of [
  ['starttls', 'smtp'],
  ['implicit', 'smtps'],
] as const) {
  test(`mail goes over TLS, with user and password: ${scheme}`, async (context) => {
    const certificate = certificateFor(context)
    if (certificate === undefined) return
    const server = await open(context, { tls, user: 'weir@example.com', password: PASSWORD, ...certificate })
    const written = { scheme, user: 'weir@example.com', password: PASSWORD }
    const refused = await send(server, { written })
    assert.equal(refused.result, 'retry')
    assert.match(JSON.stringify(refused), /certificate that is not accepted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/)
    trust(context, certificate)
    const delivery = await send(server, { written })
    assert.equal(delivery.result, 'delivered', JSON.stringify(delivery))
    await until(() => server.mails.length === 1, 'the mail')
    assert.deepEqual([server.mails[0]?.secure, server.mails[0]?.user], [true, 'weir@example.com'])
    assert.equal(readMail(server.mails[0]?.raw ?? '').headers.get('from'), 'Weir <weir@example.com>')
  })
}

test('a server that offers no TLS is told nothing, unless that is allowed', async (context) => {
  const server = await open(context, { tls: 'none' })
  const refused = await send(server, { written: {} })
  assert.equal(refused.result, 'failed')
  assert.match(JSON.stringify(refused), /see starttls/)
  assert.equal((await send(server, { written: { starttls: 'ifOffered' } })).result, 'delivered')
  assert.equal((await send(server, { written: { starttls: 'never' } })).result, 'delivered')
})

test('a wrong password is not tried again, and not shown', async (context) => {
  const server = await open(context, { tls: 'none', user: 'weir', password: PASSWORD })
  const wrong = `${PASSWORD}-wrong`
  const delivery = await send(server, { written: { starttls: 'never', user: 'weir', password: wrong } })
  assert.equal(delivery.result, 'failed')
  assert.match(JSON.stringify(delivery), /answered 535.*\[secret\].*user or password/)
})

test('numbers of a mail server say whether another try makes sense', async (context) => {
  const server = await open(context, { tls: 'none' })
  for (const [to, result] of [
    ['421.x@example.com', 'retry'],
    ['450.x@example.com', 'retry'],
    ['452.x@example.com', 'retry'],
    ['503.x@example.com', 'retry'],
    ['550.x@example.com', 'failed'],
    ['554.x@example.com', 'failed'],
  ] as const) {
    const delivery = await send(server, { written: { starttls: 'never', to: [to] } })
    assert.equal(delivery.result, result, `${to}: ${JSON.stringify(delivery)}`)
  }
})

test('who is refused among several is named, and the others have it', async (context) => {
  const server = await open(context, { tls: 'none' })
  const to = ['one@example.com', '550.x@example.com', 'two@example.com']
  const delivery = await send(server, { written: { starttls: 'never', to } })
  assert.deepEqual(delivery, {
    result: 'delivered',
    answer: 'The mail server took it for 2 recipients, but not for 550.x@example.com',
  })
  await until(() => server.mails.length === 1, 'the mail')
  assert.deepEqual(server.mails[0]?.to, ['one@example.com', 'two@example.com'])
})

test('mails of one group belong to one conversation, and a second try to the same mail', async (context) => {
  const server = await open(context, { tls: 'none' })
  const written = { starttls: 'never', from: 'weir@example.com' }
  const firing = createMessage()
  const resolved = createMessage({ kind: 'resolved' })
  const again = { ...firing, createdAtMs: firing.createdAtMs + 60_000 }
  const other = { ...createMessage(), id: 'of-another', key: 'group-2' }
  for (const message of [firing, again, resolved, other]) await send(server, { written, message })
  await until(() => server.mails.length === 4, 'the mails')
  const headers = server.mails.map(({ raw }) => readMail(raw).headers)
  const valuesOf = (name: string): readonly (string | undefined)[] => headers.map((each) => each.get(name))
  const ids = valuesOf('message-id')
  const references = valuesOf('references')
  assert.equal(ids[0], ids[1])
  assert.equal(new Set(ids).size, 3)
  assert.deepEqual([references[0], references[1]], [references[2], references[2]])
  assert.notEqual(references[3], references[0])
  assert.deepEqual(valuesOf('in-reply-to'), references)
  for (const each of headers) {
    assert.equal(each.get('auto-submitted'), 'auto-generated')
    assert.match(each.get('list-id') ?? '', /<team\.weir\.example\.com>/)
  }
  assert.deepEqual(valuesOf('importance'), ['high', 'high', undefined, 'high'])
})

test('a mail says everything twice: as text and as HTML', async (context) => {
  const server = await open(context, { tls: 'none' })
  const message = createMessage({ language: 'zh' })
  await send(server, { written: { starttls: 'never' }, message })
  await until(() => server.mails.length === 1, 'the mail')
  const { headers, text, html } = readMail(server.mails[0]?.raw ?? '')
  assert.equal(headers.get('subject'), message.title)
  for (const said of [...message.paragraphs, message.facts[0]?.text ?? '']) {
    assert.ok(text.includes(said), text)
    assert.ok(html.includes(said), html)
  }
  assert.ok(text.includes(message.links[0]?.url ?? ''))
})
