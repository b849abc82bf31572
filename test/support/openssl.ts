// openssl as a second opinion on signatures, and as the maker of certificates for tests.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { componentOrSkip } from './component.ts'

/** HMAC-SHA256 in base64. Undefined where there is no openssl: the test was skipped then. */
export function hmacByOpenssl(
  context: TestContext,
  { key, text }: { readonly key: string; readonly text: string },
): string | undefined {
  const binary = componentOrSkip(context, 'openssl')
  if (binary === undefined) return undefined
  const hexKey = Buffer.from(key, 'utf8').toString('hex')
  const args = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${hexKey}`, '-binary']
  return execFileSync(binary, args, { input: text }).toString('base64')
}

export interface Certificate {
  readonly keyFile: string
  readonly certificateFile: string
}

/** One for 127.0.0.1 and localhost that nobody has signed. */
export function createCertificate(context: TestContext, folder: string): Certificate | undefined {
  const binary = componentOrSkip(context, 'openssl')
  if (binary === undefined) return undefined
  const keyFile = join(folder, 'key.pem')
  const certificateFile = join(folder, 'certificate.pem')
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const how = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync(binary, ['req', ...how, '-keyout', keyFile, '-out', certificateFile, ...names], {
    stdio: 'pipe',
  })
  return { keyFile, certificateFile }
}
