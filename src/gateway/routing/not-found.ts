// What a caller is told whose model nobody serves.
import { WeirError } from '../../core/errors.ts'
import { nearestNames } from './nearest.ts'

/** The error for a model that nobody serves, with the nearest names. */
export function modelNotFound(asked: string, known: readonly string[]): WeirError {
  const near = nearestNames(asked, known)
  const hint = near.length === 0 ? 'No backend lists any model.' : `Nearest: ${near.join(', ')}.`
  // What the caller wrote is cut and quoted as JSON, so that it can neither flood nor forge a log line.
  const shown = JSON.stringify(asked.slice(0, MAX_SHOWN_NAME))
  return new WeirError('model_not_found', {
    message: `No backend serves the model ${shown}. ${hint}`,
    param: 'model',
  })
}

const MAX_SHOWN_NAME = 100
