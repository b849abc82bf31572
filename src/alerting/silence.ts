// Silences: what is not to be told until when, who said so and why. Kept one document each, so that several hands can write
// them at once. The gateway and the command line share them through the store.
import { z } from 'zod'
import type { Documents } from '../core/documents.ts'
import type { Matcher } from './matcher.ts'

export interface Silence {
  readonly id: string
  /** All must hold. Never empty: that would silence everything. */
  readonly matchers: readonly Matcher[]
  readonly author: string
  readonly reason: string
  readonly createdAtMs: number
  readonly endsAtMs: number
}

export const SILENCE_PREFIX = 'alerting/silence/'

const silenceSchema = z.strictObject({
  id: z.string().min(1),
  matchers: z.array(z.strictObject({ key: z.string().min(1), pattern: z.string().min(1) })).min(1),
  author: z.string(),
  reason: z.string(),
  createdAtMs: z.number(),
  endsAtMs: z.number(),
})

/** How long one that is over can still be seen. */
export const SILENCE_KEPT_MS = 5 * 86_400_000

export function isActive({ endsAtMs }: Silence, nowMs: number): boolean {
  return nowMs < endsAtMs
}

export function parseSilence(text: string): Silence | undefined {
  try {
    return silenceSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Those that can be read, the one that lasts longest first. What cannot be read silences nothing. */
export async function readSilences(documents: Documents): Promise<readonly Silence[]> {
  const found = await documents.list(SILENCE_PREFIX)
  return found
    .flatMap(({ text }) => parseSilence(text) ?? [])
    .toSorted((left, right) => right.endsAtMs - left.endsAtMs)
}

export async function writeSilence(documents: Documents, silence: Silence): Promise<void> {
  await documents.write(SILENCE_PREFIX + silence.id, JSON.stringify(silence))
}

/** Ends it now; undefined when there is none with that id, or it is over already. */
export async function expireSilence(
  documents: Documents,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): Promise<Silence | undefined> {
  const text = await documents.read(SILENCE_PREFIX + id)
  const silence = text === undefined ? undefined : parseSilence(text)
  if (silence === undefined || !isActive(silence, nowMs)) return undefined
  const ended = { ...silence, endsAtMs: nowMs }
  await writeSilence(documents, ended)
  return ended
}

/** Removes those that have been over for long. */
export async function forgetSilences(
  documents: Documents,
  { silences, nowMs }: { readonly silences: readonly Silence[]; readonly nowMs: number },
): Promise<void> {
  for (const { id, endsAtMs } of silences) {
    if (nowMs - endsAtMs >= SILENCE_KEPT_MS) await documents.remove(SILENCE_PREFIX + id)
  }
}
