// A mail server as a process of its own, for tests: takes what it is told in its one argument, and prints a line of JSON for its port
// and for each mail. What it answers to a recipient stands before the @: `550.x@…` is refused with 550, `hang@…` never answered.
import { readFileSync } from 'node:fs'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { SmtpSettings } from './smtp.ts'

const settings = JSON.parse(process.argv[2] ?? '{}') as SmtpSettings
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

class Refusal extends Error {
  readonly responseCode: number

  constructor(responseCode: number, words: string) {
    super(words)
    this.responseCode = responseCode
  }
}

const options: SMTPServerOptions = {
  secure: settings.tls === 'implicit',
  disabledCommands: [
    ...(settings.tls === 'starttls' ? [] : ['STARTTLS']),
    ...(settings.user === undefined ? ['AUTH'] : []),
  ],
  authOptional: settings.user === undefined,
  ...(settings.keyFile === undefined || settings.certificateFile === undefined
    ? {}
    : { key: readFileSync(settings.keyFile), cert: readFileSync(settings.certificateFile) }),
  onAuth({ username, password }, _, done) {
    const isRight = username === settings.user && password === settings.password
    if (isRight) done(null, { user: username })
    else done(new Refusal(535, `5.7.8 ${String(username)}:${String(password)} is not right`))
  },
  onRcptTo({ address }, _, done) {
    const [word = ''] = address.split(/[.@]/)
    if (word === 'hang') return
    if (/^\d{3}$/.test(word)) done(new Refusal(Number(word), `refused ${address}`))
    else done()
  },
  onData(stream, session, done) {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const to = session.envelope.rcptTo.map(({ address }) => address)
      const user: unknown = session.user
      say({ to, secure: session.secure, user: user ?? null, raw: Buffer.concat(chunks).toString('utf8') })
      done()
    })
  },
}

const server = new SMTPServer(options)
// A client that breaks off is none of our business.
server.on('error', () => undefined)
const listener = server.listen(0, '127.0.0.1', () => {
  const address = listener.address()
  say({ port: typeof address === 'object' && address !== null ? address.port : 0 })
})
