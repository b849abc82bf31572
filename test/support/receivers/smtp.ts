// Starts the mail server of smtp-process.ts, and reads what mails say.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { until } from '../weir.ts'

export interface SmtpSettings {
  readonly tls: 'none' | 'starttls' | 'implicit'
  readonly user?: string
  readonly password?: string
  readonly keyFile?: string
  readonly certificateFile?: string
}

export interface TakenMail {
  readonly to: readonly string[]
  readonly secure: boolean
  readonly user: string | null
  readonly raw: string
}

export interface SmtpProcess {
  readonly port: number
  readonly mails: TakenMail[]
  stop(): Promise<void>
}

export async function startSmtp(settings: SmtpSettings): Promise<SmtpProcess> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'smtp-process.ts'), JSON.stringify(settings)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const mails: TakenMail[] = []
  let port = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    const told = JSON.parse(line) as TakenMail | { readonly port: number }
    if ('port' in told) port = told.port
    else mails.push(told)
  })
  await until(() => port !== 0, 'the mail server')
  return {
    port,
    mails,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

export interface ReadMail {
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
  readonly html: string
}

/** A mail of two parts, with what stands encoded in it made readable. */
export function readMail(raw: string): ReadMail {
  const at = raw.indexOf('\r\n\r\n')
  const headers = readHeaders(raw.slice(0, at))
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')?.[1]
  assert.ok(boundary !== undefined, 'a mail has two parts')
  const parts = raw
    .slice(at)
    .split(`--${boundary}`)
    .map((part) => part.replace(/^\r\n/, ''))
  return { headers, text: readPart(parts, 'text/plain'), html: readPart(parts, 'text/html') }
}

function readPart(parts: readonly string[], type: string): string {
  const part = parts.find((each) => each.toLowerCase().startsWith(`content-type: ${type}`)) ?? ''
  const at = part.indexOf('\r\n\r\n')
  const encoding = readHeaders(part.slice(0, at)).get('content-transfer-encoding') ?? '7bit'
  const body = part.slice(at + 4)
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  return encoding === 'quoted-printable' ? fromQuotedPrintable(body) : body
}

function fromQuotedPrintable(text: string): string {
  const joined = text.replace(/=\r\n/g, '')
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function readHeaders(head: string): ReadonlyMap<string, string> {
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), fromEncodedWords(line.slice(colon + 1).trim())]
    }),
  )
}

/** RFC 2047. */
function fromEncodedWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, how: string, word: string) =>
      how.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : fromQuotedPrintable(word.replaceAll('_', ' ')),
    )
}
