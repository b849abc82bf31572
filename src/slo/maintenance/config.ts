// What can be configured about times in which nothing is promised.
import { z } from 'zod'
import { forms, name } from '../../config/fields.ts'
import { parseInstant } from '../../core/instant.ts'
import { timeZone } from '../config.ts'

const EXPECT_MOMENT = 'expected a moment with its zone such as 2026-12-31T22:00:00Z'
const EXPECT_TIME = 'expected a time of day such as 22:00'
const MINUTES_PER_HOUR = 60

const moment = () =>
  z
    .string({ error: EXPECT_MOMENT })
    .transform((value, context) => {
      // A day alone means its end elsewhere, which as a beginning nobody would expect.
      const ms = /[Tt ]/.test(value.trim()) ? parseInstant(value) : undefined
      if (ms !== undefined) return ms
      context.addIssue({ code: 'custom', message: EXPECT_MOMENT })
      return z.NEVER
    })
    .register(forms, { form: 'instant' })

const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/

/** `22:00` -> minutes after midnight. */
const timeOfDay = () =>
  z
    .string({ error: EXPECT_TIME })
    .transform((value, context) => {
      const match = TIME_OF_DAY.exec(value.trim())
      if (match !== null) return Number(match[1]) * MINUTES_PER_HOUR + Number(match[2])
      context.addIssue({ code: 'custom', message: EXPECT_TIME })
      return z.NEVER
    })
    .register(forms, { form: 'timeOfDay' })

export function printTimeOfDay(minutes: number): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${two(Math.floor(minutes / MINUTES_PER_HOUR))}:${two(minutes % MINUTES_PER_HOUR)}`
}

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

export const maintenanceSchema = z.strictObject({
  name: name().describe('The name in messages and reports.'),
  from: moment().optional().describe('When it begins, for one that comes once.'),
  to: moment().optional().describe('When it ends.'),
  weekly: z
    .strictObject({
      days: z.array(z.enum(WEEKDAYS)).min(1, 'expected at least one day').describe('On which it begins.'),
      from: timeOfDay().describe('When it begins, by the clocks of the time zone.'),
      to: timeOfDay().describe('When it ends; not after `from`: on the next day.'),
    })
    .optional()
    .describe('For one that comes every week.'),
  timeZone: timeZone().optional().describe('Of a weekly one. Without this: as `timezone` says.'),
})

export const maintenanceListSchema = z
  .array(maintenanceSchema)
  .prefault([])
  .describe('Times in which nothing is promised: requests are out of every count, and alerts are not sent.')

export type MaintenanceSettings = Readonly<z.output<typeof maintenanceSchema>>
