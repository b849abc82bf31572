// Which of the errors of several attempts the caller is told. Pure.
import { WeirError } from '../../core/errors.ts'

/**
 * A backend that broke says more than one that does not have the model or is at its limit, and the last one more than those before
 * it. Where a caller is told to wait, it is told the shortest wait of all: then the first backend can serve it again.
 */
export function chooseError(errors: readonly WeirError[]): WeirError | undefined {
  const chosen =
    errors.findLast(({ code }) => code !== 'model_not_found' && code !== 'rate_limited') ??
    errors.findLast(({ code }) => code === 'rate_limited') ??
    errors.at(-1)
  if (chosen?.retryAfterSeconds === undefined) return chosen
  const waits = errors.map((each) => each.retryAfterSeconds ?? Infinity)
  const retryAfterSeconds = Math.min(...waits)
  if (retryAfterSeconds === chosen.retryAfterSeconds) return chosen
  const { code, message, status, cause } = chosen
  return new WeirError(code, { message, status, cause, retryAfterSeconds })
}
