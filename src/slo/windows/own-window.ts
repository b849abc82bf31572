// Where the window of an objective begins: so many days back, or the first of the month in a zone. It knows no clock.
import { createCalendar, type Calendar } from '../../core/calendar.ts'
import type { ObjectiveWindow } from '../objective.ts'
import { MINUTE_MS } from './config.ts'

const DAY_MINUTES = 1_440

/** Minutes since the epoch. */
export interface MinuteSpan {
  readonly fromMinute: number
  /** Exclusive. */
  readonly toMinute: number
}

export interface OwnWindow extends MinuteSpan {
  /** Of the whole window: a month is as long as it will have been when it is over. */
  readonly lengthMinutes: number
}

export interface OwnWindows {
  /** The window that ends with the minute before `endMinute`: at midnight of the first that is still the month before. */
  at(window: ObjectiveWindow, endMinute: number): OwnWindow
}

/** Remembers the calendars of the zones it was asked for. */
export function createOwnWindows(): OwnWindows {
  const calendars = new Map<string, Calendar>()
  const calendarOf = (timeZone: string): Calendar => {
    const known = calendars.get(timeZone) ?? createCalendar(timeZone)
    calendars.set(timeZone, known)
    return known
  }
  return {
    at(window, endMinute) {
      if (window.kind === 'rolling') {
        const lengthMinutes = window.days * DAY_MINUTES
        return { fromMinute: endMinute - lengthMinutes, toMinute: endMinute, lengthMinutes }
      }
      const { startMs, endMs } = calendarOf(window.timeZone).at('month', (endMinute - 1) * MINUTE_MS)
      const fromMinute = Math.floor(startMs / MINUTE_MS)
      return { fromMinute, toMinute: endMinute, lengthMinutes: Math.floor(endMs / MINUTE_MS) - fromMinute }
    },
  }
}
