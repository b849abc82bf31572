// What can be configured about who may call: keys by their hash, and whether keys are asked for at all.
import { z } from 'zod'
import { CONTENT_POLICIES } from '../core/content.ts'
import { forms, instant, name, network } from '../config/fields.ts'
import { limitsSchema } from './limits/config.ts'

/** Who goes first where requests wait. */
export const KEY_PRIORITIES = ['high', 'normal', 'low'] as const
export type KeyPriority = (typeof KEY_PRIORITIES)[number]

const EXPECT_PATH = 'expected a path such as /v1/chat/completions or /v1/chat/*'

const EXPECT_HASH = 'expected sha256: and 64 hex digits, as `weir keys create --print` prints it'

export const keySchema = z.strictObject({
  name: name().describe('Who the key was given to; the name in records and logs.'),
  /** Registered as what must not be printed whole: people paste the key itself here by mistake. */
  hash: z
    .string({ error: EXPECT_HASH })
    .regex(/^sha256:[0-9a-f]{64}$/, EXPECT_HASH)
    .register(forms, { form: 'hash' })
    .describe('SHA-256 of the whole key, as `weir keys create --print` prints it.'),
  tenant: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe('The group that requests with this key are counted for.'),
  models: z
    .array(z.string().min(1))
    .optional()
    .describe('Models the key may use; `*` stands for any run of characters. Without this: all of them.'),
  paths: z
    .array(z.string({ error: EXPECT_PATH }).regex(/^[/*]/, EXPECT_PATH))
    .optional()
    .describe(
      'Paths the key may call, lists of models included; `*` stands for any run of characters. Without this: all of them.',
    ),
  from: z
    .array(network())
    .optional()
    .describe('Networks the key may be used from. Without this: from anywhere.'),
  expires: instant().optional().describe('When the key stops working. Without this: never.'),
  priority: z
    .enum(KEY_PRIORITIES)
    .optional()
    .describe('Who goes first where requests wait for a backend. Without this: `normal`.'),
  limits: limitsSchema.optional().describe('What may be used with the key.'),
  content: z
    .enum(CONTENT_POLICIES)
    .optional()
    .describe(
      'Of which requests with this key prompt and answer are kept, whatever `records.content` says. Without this: as it says.',
    ),
})

export const accessSchema = {
  auth: z
    .enum(['keys', 'none'])
    .prefault('keys')
    .describe(
      '`keys` asks for a key; while none was ever made, only callers on the same machine are served. `none` serves everybody.',
    ),
  keys: z.array(keySchema).prefault([]).describe('The keys callers may use.'),
}

export type KeySettings = Readonly<z.output<typeof keySchema>>

export interface AccessSettings {
  readonly auth: 'keys' | 'none'
  readonly keys: readonly KeySettings[]
}
