// Reads what a Prometheus answered: the samples, or one sentence about why there is nothing to read. Pure.
import { z } from 'zod'

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  /** May be NaN or infinite. */
  readonly value: number
}

/** An empty vector is an answer: nothing was found. */
export type VectorAnswer =
  { readonly ok: true; readonly samples: readonly Sample[] } | { readonly ok: false; readonly reason: string }

/** What is shown of an answer that is not understood. */
const SHOWN_CHARACTERS = 120

const point = z.tuple([z.number(), z.string()])
const success = z.object({
  status: z.literal('success'),
  data: z.union([
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: point })),
    }),
    z.object({ resultType: z.literal('scalar'), result: point }),
  ]),
  // Infos (Prometheus 3) are advice about the query; warnings say that the result may be incomplete.
  warnings: z.array(z.string()).nullish(),
})
const failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() })

/** `from` is whom to name in a reason. */
export function readVector(page: { status: number; text: string }, from: string): VectorAnswer {
  const json = parseJson(page.text)
  const failed = failure.safeParse(json)
  if (failed.success) return no(`${from} says ${failed.data.errorType}: ${failed.data.error}`)
  if (page.status !== 200) return no(describeStatus(page, from))
  if (json === undefined) return no(`${from} answered with something that is not JSON: ${cut(page.text)}`)
  const read = success.safeParse(json)
  if (!read.success) return no(`${from} answered with JSON that no Prometheus gives: ${cut(page.text)}`)
  const { data, warnings } = read.data
  // A sum over a part of the data is a wrong sum.
  if (warnings !== undefined && warnings !== null && warnings.length > 0)
    return no(`${from} warns that its answer may be incomplete: ${warnings.join('; ')}`)
  const samples =
    data.resultType === 'scalar'
      ? [{ labels: {}, value: toValue(data.result[1]) }]
      : data.result.map(({ metric, value }) => ({ labels: metric, value: toValue(value[1]) }))
  return { ok: true, samples }
}

function no(reason: string): VectorAnswer {
  return { ok: false, reason }
}

const LOGIN_STATUSES = [401, 403, 407]

function describeStatus({ status, text }: { status: number; text: string }, from: string): string {
  if (LOGIN_STATUSES.includes(status))
    return `${from} answered ${status}: it asks for another login than it was given`
  if (status >= 300 && status < 400)
    return `${from} answered ${status}: it sends elsewhere, perhaps to a login`
  if (status === 404) return `${from} answered 404: no Prometheus has its API there`
  return `${from} answered ${status}: ${cut(text)}`
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line
}

/** Go writes `+Inf` where JavaScript reads `Infinity`. */
function toValue(text: string): number {
  if (text === '') return Number.NaN
  return Number(text.replace('Inf', 'Infinity'))
}
