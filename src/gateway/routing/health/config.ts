// What can be configured about the health of backends: when one is rested, for how long, and how it comes back.
import { z } from 'zod'
import { ratio, timer } from '../../../config/fields.ts'

/** The figures are Envoy's for outlier ejection, but for the share: with two or three backends a tenth of them is none. */
export const healthSchema = z.strictObject({
  failures: z
    .int()
    .min(1)
    .max(1_000)
    .prefault(5)
    .describe(
      'After how many failed attempts in a row a backend gets no more requests for a while. A caller that leaves, a 4xx, a 429 and a 503 are no failures.',
    ),
  ejectFor: timer()
    .prefault('30s')
    .describe(
      'How long it rests the first time; the second time twice as long, and so on. Each such time spent in health takes one back.',
    ),
  maxEjectFor: timer().prefault('5m').describe('The longest rest, and the longest pause a 429 is granted.'),
  maxEjectedShare: ratio()
    .prefault('50%')
    .describe(
      'The largest share of all backends that may rest at once; one always may where there are two. One in whose place nobody could answer anything never does.',
    ),
  slowStart: timer(0)
    .prefault('30s')
    .describe('How long a backend that comes back takes to get its full share again, from a tenth on.'),
})

export type HealthSettings = Readonly<z.output<typeof healthSchema>>

/** Loads a model and keeps it loaded: that is why it has to be asked for. */
export const probeSchema = z.strictObject({
  generate: z.string().min(1).describe('The model that is asked for one token. It is loaded for that.'),
  every: timer(1_000)
    .prefault('1m')
    .describe('How often, as long as no request has brought a token from this backend meanwhile.'),
})

export type ProbeSettings = Readonly<z.output<typeof probeSchema>>
