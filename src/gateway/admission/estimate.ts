// How long a wait will be, as far as anybody can tell. Pure.

/** Backends of which several may let one in. */
interface Flow {
  readonly slotsPerSecond: number | undefined
}

/** Coming back at once helps nobody; beyond a minute the official clients do not heed it. */
const MIN_RETRY_SECONDS = 1
const MAX_RETRY_SECONDS = 60
/** While nothing has been measured. */
const UNKNOWN_RETRY_SECONDS = 5

/** Until so many slots have come free at these gates; undefined while none of them knows how long slots are held. */
export function waitSeconds(position: number, gates: readonly Flow[]): number | undefined {
  let perSecond = 0
  for (const { slotsPerSecond } of gates) perSecond += slotsPerSecond ?? 0
  return perSecond > 0 ? position / perSecond : undefined
}

/** RFC 9110 10.2.3: whole seconds. */
export function retryAfterSeconds(seconds: number | undefined): number {
  if (seconds === undefined) return UNKNOWN_RETRY_SECONDS
  return Math.min(MAX_RETRY_SECONDS, Math.max(MIN_RETRY_SECONDS, Math.ceil(seconds)))
}
