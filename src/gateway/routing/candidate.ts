// One backend that may answer for one model. Made once for many requests: what changes is read from its backend when asked.
import type { BackendView } from './view.ts'

export interface CandidateInput {
  readonly view: BackendView
  readonly model: string
  readonly target: string
  readonly weight: number
  readonly priority: number
}

export class Candidate {
  readonly view: BackendView
  /** The model as configuration or a listing names it: a name that is known, unlike the caller's. */
  readonly model: string
  /** What this backend is asked for. */
  readonly target: string
  readonly weight: number
  /** Its tier: 1 is asked first. */
  readonly priority: number

  constructor({ view, model, target, weight, priority }: CandidateInput) {
    this.view = view
    this.model = model
    this.target = target
    this.weight = weight
    this.priority = priority
  }

  get backend(): string {
    return this.view.name
  }

  /** In words, as of now. A request never asks. */
  get reason(): string {
    const { health, inflight, slots } = this.view
    const state = health.state === 'available' ? 'available' : `${health.state}: ${health.reason}`
    const ramp = health.rampRatio < 1 ? `, takes ${Math.round(health.rampRatio * 100)} % of its turns` : ''
    const queued = slots.queued > 0 ? `, ${slots.queued} waiting` : ''
    const remark = this.view.remark?.(this.target)
    return `${state}${ramp}, ${inflight} in flight${queued}${remark === undefined ? '' : `, ${remark}`}`
  }
}
