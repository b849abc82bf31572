// What can be configured about a Slack incoming webhook.
import { z } from 'zod'
import { receiverFields, secretUrl } from '../receiver/config.ts'

export const slackSchema = z.strictObject({
  kind: z.literal('slack').describe('An incoming webhook of Slack, or of what speaks its language.'),
  ...receiverFields,
  url: secretUrl('https://hooks.slack.com/services/T000/B000/XXXX').describe(
    'The URL of the incoming webhook; it is a secret.',
  ),
})

export type SlackSettings = Readonly<z.output<typeof slackSchema>>
