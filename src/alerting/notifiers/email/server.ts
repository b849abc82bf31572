// The mail server of a receiver: where it is and how it is spoken to, and the connection to it. nodemailer speaks; the socket is ours,
// so that it goes nowhere forbidden and ends with its delivery.
import { connect, isIP, type Socket } from 'node:net'
import type { SMTPTransportOptions } from 'nodemailer/lib/smtp-transport'
import { whyForbidden } from '../../../core/forbidden-addresses.ts'
import { Secret } from '../../../core/secret.ts'
import { ForbiddenAddress, lookupAllowed } from '../http/agent.ts'
import type { EmailSettings } from './config.ts'

export interface MailServer {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  readonly user: string | undefined
  readonly password: Secret | undefined
}

/** RFC 8314 3.3 and RFC 6409 3.1. */
const SUBMISSIONS_PORT = 465
const SUBMISSION_PORT = 587

export function toMailServer(smtp: Secret): MailServer {
  const { protocol, hostname, port, username, password } = new URL(smtp.reveal())
  const isTls = protocol === 'smtps:'
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isTls ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(port),
    isTls,
    user: username === '' ? undefined : decodeURIComponent(username),
    password: password === '' ? undefined : new Secret(decodeURIComponent(password)),
  }
}

export function toTransportOptions(
  { host, port, isTls, user, password }: MailServer,
  { starttls, timeout }: Pick<EmailSettings, 'starttls' | 'timeout'>,
  signal: AbortSignal,
): SMTPTransportOptions {
  return {
    host,
    port,
    secure: isTls,
    requireTLS: !isTls && starttls === 'always',
    ignoreTLS: !isTls && starttls === 'never',
    ...(user === undefined ? {} : { auth: { user, pass: password?.reveal() ?? '' } }),
    // Nothing in a message may make it read a file or a page.
    disableFileAccess: true,
    disableUrlAccess: true,
    // The clock of the delivery ends everything; these are for what outlives it.
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    getSocket(_, done) {
      openSocket({ host, port, signal }).then(
        (connection) => done(null, { connection }),
        (thrown: unknown) => done(thrown instanceof Error ? thrown : new TypeError(String(thrown)), false),
      )
    },
  }
}

interface Target {
  readonly host: string
  readonly port: number
  readonly signal: AbortSignal
}

function openSocket({ host, port, signal }: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const what = isIP(host) === 0 ? undefined : whyForbidden(host)
    if (what !== undefined) {
      reject(new ForbiddenAddress(what))
      return
    }
    const socket = connect({ host, port, signal, lookup: lookupAllowed })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
