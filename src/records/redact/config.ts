// What can be configured about redaction: what is left as it is, what is looked for besides, and patterns of one's own.
import { z } from 'zod'
import { parseBoundedPattern } from '../../core/bounded-pattern.ts'

/** What is looked for, by the word that then stands in its place: `[email]`. */
export const REDACT_KINDS = [
  ...['private-key', 'token', 'api-key', 'password', 'data'],
  ...['email', 'iban', 'cn-id', 'card', 'phone', 'us-ssn', 'ipv4'],
] as const

/** Addresses of machines are what many prompts are about. */
export const OFF_BY_DEFAULT: ReadonlySet<string> = new Set(['ipv4'])

const KINDS = REDACT_KINDS.join(', ')
const EXPECT_KIND = `expected one of ${KINDS}`
const EXPECT_NAME = 'expected small letters, digits and dashes, at most 32, a letter first'
const EXPECT_EXTRA = 'expected a list of maps with name and pattern'

/** Each runs through every text that is kept. */
const MOST_EXTRA = 32

const kind = () => z.string({ error: EXPECT_KIND }).refine(isKind, { error: EXPECT_KIND })

function isKind(name: string): boolean {
  return REDACT_KINDS.some((each) => each === name)
}

const extraSchema = z.strictObject({
  name: z
    .string({ error: EXPECT_NAME })
    .regex(/^[a-z][a-z0-9-]{0,31}$/, EXPECT_NAME)
    .describe('The word that stands in its place, in brackets.'),
  pattern: z
    .string()
    .superRefine((source, context) => {
      const result = parseBoundedPattern(source)
      if ('problem' in result) context.addIssue({ code: 'custom', message: `the pattern ${result.problem}` })
    })
    .describe(
      'A regular expression of JavaScript, with the flag u. Every repetition needs an end, such as {1,20}, and there may be few ways to match in all: it runs on text of strangers.',
    ),
})

export const redactObject = z.strictObject({
  off: z.array(kind()).prefault([]).describe(`What is left as it is, of ${KINDS}.`),
  on: z.array(kind()).prefault([]).describe('What is looked for although it is not by default: `ipv4`.'),
  extra: z
    .array(extraSchema, { error: EXPECT_EXTRA })
    .max(MOST_EXTRA)
    .prefault([])
    .describe('Patterns of your own, such as numbers of staff or customers.'),
})

export type RedactSettings = Readonly<z.output<typeof redactObject>>
