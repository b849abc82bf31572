// What this caller may use. Rates and budgets are reserved here before anything is spent; a key's model list is checked.
import type { Question } from '../../access/limits/limits.ts'
import type { Reservation } from '../../access/limits/reservation.ts'
import type { Principal } from '../../access/principal.ts'
import { WeirError } from '../../core/errors.ts'
import type { Operation } from '../../core/record.ts'
import type { RequestFacts } from '../dialects/parse-request.ts'
import type { Exchange } from '../exchange.ts'
import type { Stage } from '../stage.ts'

export const limit: Stage = {
  name: 'limit',
  phase: 'limit',
  run(exchange) {
    const { principal, facts, runtime } = exchange
    if (facts === undefined || principal === undefined) return undefined
    if (!principal.mayUse(facts.model)) {
      throw new WeirError('forbidden', { message: 'This key may not use this model.', param: 'model' })
    }
    const { limits } = runtime
    if (limits?.holdsFor(principal) !== true) return undefined
    const pending = limits.reserve(toQuestion(exchange, principal, facts))
    if (pending instanceof Promise) return pending.then((reservation) => adopt(exchange, reservation))
    return pending === undefined ? undefined : adopt(exchange, pending)
  },
}

/** Kept also when it is refused: the answer tells what remains. */
function adopt(exchange: Exchange, reservation: Reservation): void {
  exchange.reservation = reservation
  if (reservation.refusal !== undefined) throw reservation.refusal
}

const COSTS: Readonly<Record<Operation, Question['costs']>> = {
  chat: 'both',
  text_completion: 'both',
  generate_content: 'both',
  embeddings: 'input',
  moderation: 'input',
  models: 'free',
  other: 'free',
}

function toQuestion(exchange: Exchange, principal: Principal, facts: RequestFacts): Question {
  return {
    principal,
    model: facts.model,
    body: exchange.body,
    maxOutput: facts.maxOutput,
    choices: facts.choices,
    costs: COSTS[exchange.operation],
  }
}
