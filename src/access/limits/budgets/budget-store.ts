// The port through which spent money survives a restart, where no server keeps it: rows in, sums out.

/** Money spent of one budget in one period; or by how much it changed. */
export interface BudgetRow {
  /** The rule that counts it. */
  readonly id: string
  readonly startMs: number
  readonly endMs: number
  readonly micros: number
}

/** How long a store may hold up the process while another one has it. */
export interface Patience {
  readonly waitMs: number
}

export interface BudgetStore {
  /** What was spent in periods that are not over. */
  load(nowMs: number): readonly BudgetRow[]
  /** Adds changes, all or none. Sums, not totals: two gateways over one folder do not undo each other's. */
  add(changes: readonly BudgetRow[], patience?: Patience): void
  close(): void
}
