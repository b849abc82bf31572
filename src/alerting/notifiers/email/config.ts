// What can be configured about e-mail: the server that takes it, who it is from and who it is for.
import { z } from 'zod'
import { forms } from '../../../config/fields.ts'
import { Secret } from '../../../core/secret.ts'
import { receiverFields, refuseHost } from '../receiver/config.ts'

const EXPECT_SMTP =
  'expected the URL of a mail server, such as smtp://user:password@mail.example.com:587 or smtps://mail.example.com:465'
const EXPECT_ENCODED =
  'expected user and password with their special characters percent-encoded, such as %25 for % and %40 for @'
const EXPECT_MAILBOX = 'expected an address such as team@example.com'

/** As far as it keeps one address from being read as two, or as a header; the server knows what exists. */
const MAILBOX = /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()[\]\\]{1,255}$/

function smtpUrl() {
  return z
    .string({ error: EXPECT_SMTP })
    .transform((value, context) => {
      const url = URL.canParse(value) ? new URL(value) : undefined
      const refusal = url === undefined ? EXPECT_SMTP : refuse(url)
      if (refusal === undefined) return new Secret(value)
      context.addIssue({ code: 'custom', message: refusal })
      return z.NEVER
    })
    .register(forms, { form: 'secret' })
}

function refuse({ protocol, hostname, pathname, search, hash, username, password }: URL): string | undefined {
  const isMail = protocol === 'smtp:' || protocol === 'smtps:'
  if (!isMail || hostname === '' || pathname.length > 1 || search !== '' || hash !== '') return EXPECT_SMTP
  if (username === '' && password !== '') return 'expected a user before the password'
  return isDecodable(username) && isDecodable(password) ? refuseHost(hostname) : EXPECT_ENCODED
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function mailbox() {
  return z.string({ error: EXPECT_MAILBOX }).regex(MAILBOX, EXPECT_MAILBOX)
}

const MOST_RECIPIENTS = 100

export const emailSchema = z.strictObject({
  kind: z.literal('email').describe('E-mail, through a server that speaks SMTP.'),
  ...receiverFields,
  smtp: smtpUrl().describe(
    'The mail server: `smtp://` begins in the clear and changes over to TLS, `smtps://` is TLS from the start. It is a secret, as it holds the password.',
  ),
  starttls: z
    .enum(['always', 'ifOffered', 'never'])
    .prefault('always')
    .describe(
      'Whether a server at `smtp://` must change over to TLS before it is told anything. On `ifOffered` and `never` a password may travel in the clear.',
    ),
  from: mailbox()
    .optional()
    .describe(
      'The sender. Without this: the user of `smtp` where that is an address, else the first recipient.',
    ),
  to: z.array(mailbox()).min(1).max(MOST_RECIPIENTS).describe('The recipients; each sees the others.'),
})

export type EmailSettings = Readonly<z.output<typeof emailSchema>>
