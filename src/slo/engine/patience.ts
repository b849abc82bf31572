// Waits for an answer for so long and no longer: a store that hangs must not hang the evaluation with it.
import type { Clock } from '../../core/clock.ts'
import { WeirError } from '../../core/errors.ts'

export type Within = <T>(ms: number, answer: Promise<T>) => Promise<T>

/** What comes later than that is ignored, also when it is a failure. */
export function createWithin(clock: Clock): Within {
  return (ms, answer) =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(ms, () => {
        reject(new WeirError('internal', { message: 'The store of records did not answer in time.' }))
      })
      answer.then(resolve, reject).finally(cancel)
    })
}
