// The simulator's public surface: a pretend model server for tests, benchmarks, demos and `weir simulate`.
// To read it: requests.ts (where a request goes), answer.ts (how one is answered), faults.ts (what can go wrong).

export type { FaultArgument, FaultName, FaultWord } from './faults.ts'
export { faultNames, faultVocabulary } from './faults.ts'
export { FAULT_HEADER, type FaultRule, MODEL_PREFIX } from './fault-set.ts'
export type { Ending, LedgerEntry, LedgerSnapshot, LedgerTotals } from './ledger.ts'
export {
  demoProfile,
  type ModelProfile,
  type ProfileInput,
  type ServerKind,
  type SimulatorProfile,
} from './profile.ts'
export { parseProfile, type ProfileProblem, SimulatorProfileError } from './profile-parse.ts'
export { createSimulator, type Simulator, type SimulatorAddress } from './server.ts'
