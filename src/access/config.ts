// What can be configured about who may call: keys by their hash, and whether keys are asked for at all.
import { z } from 'zod'

export const keySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'letters, digits, dot, dash and underscore, at most 63'),
  /** SHA-256 of the whole key, as `weir keys create` prints it. */
  hash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hex digits, as `weir keys create` prints it'),
  tenant: z.string().min(1).max(63).optional(),
  /** Model names or globs this key may use; absent: all. */
  models: z.array(z.string().min(1)).optional(),
})

export const accessSchema = {
  /** `keys`: a key is asked for, except from loopback while none is configured. `none`: everybody is served. */
  auth: z.enum(['keys', 'none']).prefault('keys'),
  keys: z.array(keySchema).prefault([]),
}

export type KeySettings = Readonly<z.output<typeof keySchema>>

export interface AccessSettings {
  readonly auth: 'keys' | 'none'
  readonly keys: readonly KeySettings[]
}
