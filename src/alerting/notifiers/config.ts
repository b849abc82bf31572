// THE LIST OF KINDS OF RECEIVERS, as schemas. registry.ts says what each becomes; a test holds both lists against each other.
import { z } from 'zod'
import { alertmanagerSchema } from './alertmanager/config.ts'
import { dingtalkSchema } from './dingtalk/config.ts'
import { emailSchema } from './email/config.ts'
import { feishuSchema } from './feishu/config.ts'
import { slackSchema } from './slack/config.ts'
import { webhookSchema } from './webhook/config.ts'
import { wecomSchema } from './wecom/config.ts'

export const receiverSchemas = [
  emailSchema,
  slackSchema,
  dingtalkSchema,
  wecomSchema,
  feishuSchema,
  webhookSchema,
  alertmanagerSchema,
] as const

/** One receiver of any kind; `kind` says which keys it has. */
export const receiverSchema = z.discriminatedUnion('kind', [...receiverSchemas])

export type ReceiverSettings = Readonly<z.output<typeof receiverSchema>>
export type ReceiverKind = ReceiverSettings['kind']
