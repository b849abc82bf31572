// What can be configured about an Alertmanager that is told of alerts as Prometheus would tell it.
import { z } from 'zod'
import { secret } from '../../../config/fields.ts'
import { receiverFields, secretUrl } from '../receiver/config.ts'

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const EXPECT_LABEL = 'expected a label name of letters, digits and underscores, such as cluster'

export const alertmanagerSchema = z
  .strictObject({
    kind: z
      .literal('alertmanager')
      .describe('An Alertmanager, which then groups, silences and tells by itself.'),
    ...receiverFields,
    url: secretUrl('http://127.0.0.1:9093').describe('Where it listens, with its path prefix if it has one.'),
    user: z.string().min(1).optional().describe('The user of its basic authentication.'),
    password: secret().optional().describe('The password that goes with `user`.'),
    bearer: secret().optional().describe('Sent as `Authorization: Bearer`.'),
    labels: z
      .record(z.string(), z.string())
      .superRefine((labels, context) => {
        for (const label of Object.keys(labels).filter((each) => !LABEL.test(each)))
          context.addIssue({ code: 'custom', path: [label], message: EXPECT_LABEL })
      })
      .prefault({})
      .describe('Added to every alert, such as the cluster that this gateway belongs to.'),
  })
  .superRefine(({ user, password, bearer }, context) => {
    if ((user === undefined) !== (password === undefined)) {
      const path = [user === undefined ? 'user' : 'password']
      context.addIssue({ code: 'custom', path, message: 'user and password belong together' })
    }
    if (user !== undefined && bearer !== undefined)
      context.addIssue({ code: 'custom', path: ['bearer'], message: 'expected user and password, or this' })
  })

export type AlertmanagerSettings = Readonly<z.output<typeof alertmanagerSchema>>
