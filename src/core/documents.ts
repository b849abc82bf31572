// Small things that must outlive the process (silences, who was told what), and who may act where several gateways could.
// Ports only: the record store offers both, alerting and service levels use them without knowing it.

/** Texts by name. Gateways that share a store share them. Everything rejects when the store does not answer. */
export interface Documents {
  read(name: string): Promise<string | undefined>
  /** Replaces it in one step. */
  write(name: string, text: string): Promise<void>
  /** False when there was none. */
  remove(name: string): Promise<boolean>
  /** Those whose name begins so, in the order of their names. */
  list(prefix: string): Promise<readonly { readonly name: string; readonly text: string }[]>
}

/** At most one of the gateways that share a store leads at a time. */
export interface Election {
  /** True while this process leads; asks the store, and takes the lead if nobody has it. */
  lead(): Promise<boolean>
  /** Lets another take over at once. */
  resign(): Promise<void>
}
