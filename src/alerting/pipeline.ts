// THE ORDERED LIST OF STAGES that an alert passes on its way to people. Each is one file in stages/ and one verb; what they
// hand to each other is a round. Pure but for the memory they share: no clock, no store, no network.
import type { Round } from './round.ts'
import { forgetFuture } from './set-back.ts'
import { dedup } from './stages/dedup.ts'
import { group } from './stages/group.ts'
import { mute } from './stages/mute.ts'
import { notify } from './stages/notify.ts'
import { observe } from './stages/observe.ts'
import { repeat } from './stages/repeat.ts'
import { resolve } from './stages/resolve.ts'

export type Stage = (round: Round) => void

export const PIPELINE: readonly Stage[] = [observe, group, mute, dedup, repeat, resolve, notify]

export type RoundInput = Omit<Round, 'routed' | 'changes' | 'due'>

export function runRound(input: RoundInput): Round {
  const round: Round = { ...input, routed: new Map(), changes: [], due: [] }
  forgetFuture(input.memory, input.nowMs)
  for (const stage of PIPELINE) stage(round)
  return round
}
