// What can be configured about a robot of a WeCom group.
import { z } from 'zod'
import { personId, receiverFields, secretUrl } from '../receiver/config.ts'

export const wecomSchema = z.strictObject({
  kind: z.literal('wecom').describe('A robot of a WeCom group.'),
  ...receiverFields,
  url: secretUrl('https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=XXXX').describe(
    'The URL of the robot with its `key`; it is a secret.',
  ),
  mention: z
    .array(personId('zhangsan'))
    .prefault([])
    .describe('User ids of who is named when a page begins, and only then.'),
})

export type WecomSettings = Readonly<z.output<typeof wecomSchema>>
