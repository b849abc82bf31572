// How many retries of requests that had been sent may be under way at once: a share of the requests in flight, so that a
// failing fleet is not asked several times as much as a healthy one. Per process.

export interface BudgetSettings {
  /** Of the requests in flight. */
  readonly budget: number
  /** Always allowed, however little is going on. */
  readonly minimum: number
}

export class RetryBudget {
  readonly #inflight: () => number
  #underWay = 0

  /** `inflight` counts the requests that are open now. */
  constructor(inflight: () => number) {
    this.#inflight = inflight
  }

  get underWay(): number {
    return this.#underWay
  }

  /** Takes a place, to be given back when the retry was answered or failed; false when there is none. */
  take({ budget, minimum }: BudgetSettings): boolean {
    if (this.#underWay >= Math.max(minimum, Math.floor(budget * this.#inflight()))) return false
    this.#underWay += 1
    return true
  }

  giveBack(): void {
    this.#underWay -= 1
  }
}
