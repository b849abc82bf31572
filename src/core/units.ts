// Durations, ratios and sizes as people write them, and as people read them. Pure; a parser returns undefined for what it does not understand.

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1_000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1_024,
  mib: 1_048_576,
  gib: 1_073_741_824,
}

const DURATION_PART = /(\d+(?:\.\d+)?)(ms|[smhdw])/y
const SIZE = /^(\d+(?:\.\d+)?)\s*([kmg]i?b|b)$/i
const RATIO = /^(\d+(?:\.\d+)?)(\s*%)?$/

/** `250ms`, `3s`, `1h30m`, `30d` -> milliseconds. A bare number has no unit and is refused, but for `0`. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim()
  if (trimmed === '0') return 0
  let totalMs = 0
  let at = 0
  while (at < trimmed.length) {
    DURATION_PART.lastIndex = at
    const match = DURATION_PART.exec(trimmed)
    if (match?.[1] === undefined || match[2] === undefined) return undefined
    totalMs += Number(match[1]) * (MS_PER_UNIT[match[2]] ?? Number.NaN)
    at = DURATION_PART.lastIndex
  }
  // Four hundred digits are a number to the pattern and infinity to the machine.
  return at === 0 || !Number.isFinite(totalMs) ? undefined : totalMs
}

/** Milliseconds -> the shortest exact form that `parseDuration` reads back: `90000` -> `1m30s`. */
export function printDuration(ms: number): string {
  if (ms === 0) return '0s'
  let rest = ms
  let text = ''
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = MS_PER_UNIT[unit] ?? 1
    const whole = Math.floor(rest / size)
    if (whole > 0) text += `${whole}${unit}`
    rest -= whole * size
  }
  return rest > 0 ? `${text}${Number(rest.toFixed(3))}ms` : text
}

/** `64KiB`, `10MB`, `512b` -> bytes. */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text.trim())
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  const bytes = Math.round(Number(match[1]) * (BYTES_PER_UNIT[match[2].toLowerCase()] ?? Number.NaN))
  return Number.isFinite(bytes) ? bytes : undefined
}

/** Bytes -> `64KiB`, `1.5MiB`, `512b`: binary units, at most one decimal, unless that would lose bytes. */
export function printSize(bytes: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
    const size = BYTES_PER_UNIT[unit.toLowerCase()] ?? 1
    const tenths = (bytes / size) * 10
    if (bytes >= size && Number.isInteger(tenths)) return `${tenths / 10}${unit}`
  }
  return `${bytes}b`
}

/** `99.5%` or `0.995` -> 0.995; `1` and `0` are ratios, `99.5` without a percent sign is refused. */
export function parseRatio(text: string): number | undefined {
  const match = RATIO.exec(text.trim())
  if (match?.[1] === undefined) return undefined
  const value = Number(match[1])
  // Divided as decimals are written, so that 99.9% is 0.999 and not 0.9990000000000001.
  const ratio = match[2] === undefined ? value : Number((value / 100).toPrecision(15))
  return ratio >= 0 && ratio <= 1 ? ratio : undefined
}

/** 0.995 -> `99.5%`. */
export function printRatio(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(12))}%`
}
