// Statuses that mean "not now, and nothing is wrong". Pure.

/** Anthropic's word for 503. */
const OVERLOADED_STATUS = 529

export function isBusyStatus(status: number): boolean {
  return status === 503 || status === OVERLOADED_STATUS
}
