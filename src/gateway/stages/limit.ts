// What this caller may use. Rates and budgets are reserved here before anything is spent; a key's model list is checked.
import { WeirError } from '../../core/errors.ts'
import type { Stage } from '../stage.ts'

export const limit: Stage = {
  name: 'limit',
  phase: 'limit',
  run({ principal, facts }) {
    if (facts === undefined || principal === undefined || principal.mayUse(facts.model)) return
    throw new WeirError('forbidden', { message: 'This key may not use this model.', param: 'model' })
  },
}
