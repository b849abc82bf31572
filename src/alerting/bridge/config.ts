// What can be configured about the bridge, by which an Alertmanager reaches our receivers.
import { z } from 'zod'
import { forms, secret } from '../../config/fields.ts'

/** Fewer can be tried out; and a header can hold no others, nor a comma, by which proxies join two headers into one. */
const TOKEN = /^[\x21-\x2b\x2d-\x7e]{16,1024}$/
const EXPECT_TOKEN = 'expected at least 16 letters, digits and signs, without spaces and commas'

export const bridgeSchema = z
  .strictObject({
    token: secret()
      .refine((token) => TOKEN.test(token.reveal()), EXPECT_TOKEN)
      .register(forms, { form: 'secret' })
      .optional()
      .describe(
        'What an Alertmanager on another machine sends as `Authorization: Bearer`. Without this, only callers on this machine are served.',
      ),
  })
  .prefault({})
  .describe(
    'The page `/hooks/alertmanager/RECEIVER` beside the metrics, by which an Alertmanager reaches the receivers.',
  )

export type BridgeSettings = Readonly<z.output<typeof bridgeSchema>>
