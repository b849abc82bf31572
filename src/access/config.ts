// What can be configured about who may call: keys by their hash, and whether keys are asked for at all.
import { z } from 'zod'
import { forms, name } from '../config/fields.ts'

const EXPECT_HASH = 'expected sha256: and 64 hex digits, as `weir keys create` prints it'

export const keySchema = z.strictObject({
  name: name().describe('Who the key was given to; the name in records and logs.'),
  /** Registered as what must not be printed whole: people paste the key itself here by mistake. */
  hash: z
    .string({ error: EXPECT_HASH })
    .regex(/^sha256:[0-9a-f]{64}$/, EXPECT_HASH)
    .register(forms, { form: 'hash' })
    .describe('SHA-256 of the whole key, as `weir keys create` prints it.'),
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
})

export const accessSchema = {
  auth: z
    .enum(['keys', 'none'])
    .prefault('keys')
    .describe(
      '`keys` asks for a key; while none is configured, only callers on the same machine are served. `none` serves everybody.',
    ),
  keys: z.array(keySchema).prefault([]).describe('The keys callers may use.'),
}

export type KeySettings = Readonly<z.output<typeof keySchema>>

export interface AccessSettings {
  readonly auth: 'keys' | 'none'
  readonly keys: readonly KeySettings[]
}
