// What every receiver has, whatever its kind, and how addresses that hold a secret are written. Schemas only.
import { z } from 'zod'
import { forms, name, timer } from '../../../config/fields.ts'
import { whyForbiddenHost } from '../../../core/forbidden-addresses.ts'
import { Secret } from '../../../core/secret.ts'

const DELIVERY_TIMEOUT = '10s'

export const receiverFields = {
  name: name().describe('What routes, `weir alerts test` and the bridge call it.'),
  language: z
    .enum(['en', 'zh'])
    .optional()
    .describe('The language of its messages, where it differs from that of all.'),
  resolved: z.boolean().prefault(true).describe('Whether it is also told when it is over.'),
  fallback: name()
    .optional()
    .describe('The receiver that is told when this one refuses, or cannot be reached for five minutes.'),
  timeout: timer()
    .prefault(DELIVERY_TIMEOUT)
    .describe('How long one delivery may take; after that it is tried again.'),
}

const EXPECT_URL = 'expected the whole URL, such as'

/**
 * An http or https URL that may hold a token: kept as a secret, and never quoted in a message. Credentials have keys of their
 * own, since a URL with a password in it ends up in places where nobody looks for one.
 */
export function secretUrl(example: string) {
  return z
    .string({ error: `${EXPECT_URL} ${example}` })
    .transform((value, context) => {
      const url = URL.canParse(value) ? new URL(value) : undefined
      const refusal = url === undefined ? `${EXPECT_URL} ${example}` : refuse(url)
      if (refusal === undefined) return new Secret(value)
      context.addIssue({ code: 'custom', message: refusal })
      return z.NEVER
    })
    .register(forms, { form: 'secret' })
}

function refuse({ protocol, username, password, hash, hostname }: URL): string | undefined {
  if (protocol !== 'http:' && protocol !== 'https:') return 'only http and https are spoken'
  if (username !== '' || password !== '') return 'user and password do not belong in this URL'
  return hash === '' ? refuseHost(hostname) : 'a fragment makes no sense in this URL: leave it out'
}

/** Names are judged when they are dialled; an address that is written down can be judged now. */
export function refuseHost(hostname: string): string | undefined {
  const what = whyForbiddenHost(hostname)
  return what === undefined ? undefined : `this address is never called: it is ${what}`
}

/** Ids of people to be named, as they stand in the markup of the service: nothing in them may end it. */
export function personId(example: string) {
  const message = `expected ids such as ${example}: letters, digits, dots, dashes, underscores and @`
  return z.string({ error: message }).regex(/^[A-Za-z0-9._@-]{1,64}$/, message)
}
