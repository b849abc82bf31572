// What can be configured about a custom bot of a Feishu or Lark group.
import { z } from 'zod'
import { secret } from '../../../config/fields.ts'
import { personId, receiverFields, secretUrl } from '../receiver/config.ts'

export const feishuSchema = z.strictObject({
  kind: z.literal('feishu').describe('A custom bot of a Feishu or Lark group.'),
  ...receiverFields,
  url: secretUrl('https://open.feishu.cn/open-apis/bot/v2/hook/XXXX').describe(
    'The URL of the bot, of open.feishu.cn or open.larksuite.com; it is a secret.',
  ),
  secret: secret()
    .optional()
    .describe(
      'The secret of a bot that checks signatures. Without this nothing is signed: the bot must then know a keyword of the messages, such as Weir, or our address.',
    ),
  mention: z
    .array(personId('ou_0123abcd'))
    .prefault([])
    .describe('Open ids of who is named when a page begins, and only then; `all` is everybody.'),
})

export type FeishuSettings = Readonly<z.output<typeof feishuSchema>>
