// What can be configured about a webhook of somebody's own.
import { z } from 'zod'
import { secret } from '../../../config/fields.ts'
import { receiverFields, secretUrl } from '../receiver/config.ts'

export const webhookSchema = z.strictObject({
  kind: z.literal('webhook').describe('Any server that takes JSON.'),
  ...receiverFields,
  url: secretUrl('https://example.com/hooks/weir').describe('Where messages are posted; it is a secret.'),
  secret: secret()
    .optional()
    .describe(
      'Signs each message with HMAC-SHA256, as Standard Webhooks describes it; one that begins with `whsec_` is read as base64. Without this nothing is signed.',
    ),
  bearer: secret().optional().describe('Sent as `Authorization: Bearer`.'),
})

export type WebhookSettings = Readonly<z.output<typeof webhookSchema>>
