// What can be configured about a custom robot of a DingTalk group.
import { z } from 'zod'
import { secret } from '../../../config/fields.ts'
import { personId, receiverFields, secretUrl } from '../receiver/config.ts'

export const dingtalkSchema = z.strictObject({
  kind: z.literal('dingtalk').describe('A custom robot of a DingTalk group.'),
  ...receiverFields,
  url: secretUrl('https://oapi.dingtalk.com/robot/send?access_token=XXXX').describe(
    'The URL of the robot with its `access_token`; it is a secret.',
  ),
  secret: secret()
    .optional()
    .describe(
      'The secret of a robot that checks signatures; begins with SEC. Without this nothing is signed: the robot must then know a keyword of the messages, such as Weir, or our address.',
    ),
  mention: z
    .strictObject({
      mobiles: z
        .array(personId('13800000000'))
        .prefault([])
        .describe('Mobile numbers of members of the group.'),
      users: z.array(personId('manager123')).prefault([]).describe('User ids of members of the group.'),
      all: z.boolean().prefault(false).describe('Everybody in the group.'),
    })
    .prefault({})
    .describe('Who is named when a page begins, and only then.'),
})

export type DingtalkSettings = Readonly<z.output<typeof dingtalkSchema>>
