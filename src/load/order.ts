// What each request asks for, by its number: the same seed gives the same requests, however fast they are answered.
import { drawSize } from './mix.ts'
import type { LoadPlan } from './plan.ts'
import { writePrompt } from './prompt.ts'
import { createRandom } from './random.ts'

export interface Order {
  readonly prompt: string
  readonly promptTokens: number
  /** Undefined: as long as the model likes. */
  readonly maxTokens: number | undefined
  readonly isStream: boolean
}

type OrderPlan = Pick<LoadPlan, 'seed' | 'promptTokens' | 'maxTokens' | 'streamRatio'>

/** Far apart, so that the words of one request are not those of the next, moved by one. */
const SEED_STEP = 0x9e37_79b1

export function createOrders(plan: OrderPlan): (index: number) => Order {
  return (index) => {
    const random = createRandom(plan.seed + (index + 1) * SEED_STEP)
    const promptTokens = drawSize(plan.promptTokens, random)
    return {
      promptTokens,
      maxTokens: plan.maxTokens === undefined ? undefined : drawSize(plan.maxTokens, random),
      isStream: random() < plan.streamRatio,
      prompt: writePrompt(promptTokens, random),
    }
  }
}
