// How long a Prometheus remembers, as it says it of itself.
import { parseDuration } from './units.ts'

const YEARS = /^(\d+)y/
const YEAR_MS = 365 * 86_400_000

/** `15d`, `1y2w`, `30d or 10GiB` -> milliseconds; undefined for a size alone and for zero, which means: not by time. */
export function parseRetention(text: string): number | undefined {
  const [time = ''] = text.split(' or ')
  const years = Number(YEARS.exec(time)?.[1] ?? 0)
  const rest = time.replace(YEARS, '')
  const restMs = rest === '' ? 0 : parseDuration(rest)
  if (restMs === undefined) return undefined
  const totalMs = years * YEAR_MS + restMs
  return totalMs > 0 ? totalMs : undefined
}
