// What the log says about backends coming and going, and what is to be done when their models change.
import type { FleetEvents } from '../gateway/routing/fleet.ts'
import { cpuShare, isPartlyOnCpu } from '../gateway/routing/residency/residency.ts'
import type { HealthState } from '../gateway/routing/view.ts'
import type { Logger } from '../telemetry/log.ts'

/** Says each change once, not each probe. */
export function toFleetEvents(logger: Logger, onModels: () => void): FleetEvents {
  return {
    onModels,
    onProbed(backend, { wasUp, problem }) {
      if (backend.up === wasUp) return
      const fields = { backend: backend.name, kind: backend.kind, url: backend.settings.url }
      if (backend.up === true) {
        logger.info('backend is up', {
          ...fields,
          models: [...(backend.models ?? [])].slice(0, MAX_SHOWN_MODELS),
        })
      } else logger.warn('backend does not answer', { ...fields, reason: problem })
    },
    onHealth(backend, from) {
      const { name, health } = backend
      const { state, reason, circuit } = health
      const fields = { backend: name, state, was: from, circuit, reason: reason === '' ? undefined : reason }
      // Busy for a moment is a matter of course; who is out, and who is back, is news.
      if (PASSING.includes(state) && PASSING.includes(from)) logger.debug('backend health changed', fields)
      else if (BAD.includes(state)) logger.warn('backend health changed', fields)
      else logger.info('backend health changed', fields)
    },
    onLoaded(backend, model) {
      if (!isPartlyOnCpu(model)) return
      const { name, bytes, vramBytes } = model
      logger.warn('a model runs partly on the CPU', {
        ...{ backend: backend.name, model: name, bytes, vramBytes },
        reason: `${cpuShare(model)} of it does not fit into the memory of the GPU: expect it to be slow`,
      })
    },
    onPace(backend, { model, isSlow, tokensPerSecond, usual }) {
      const fields = {
        backend: backend.name,
        model,
        tokensPerSecond: round(tokensPerSecond),
        usual: round(usual),
      }
      if (isSlow) logger.warn('a model generates far slower than usual', fields)
      else logger.info('a model is as fast as usual again', fields)
    },
  }
}

const PASSING: readonly HealthState[] = ['available', 'busy', 'cooling']
const BAD: readonly HealthState[] = ['ejected', 'hung', 'dead']

function round(tokensPerSecond: number | undefined): number | undefined {
  return tokensPerSecond === undefined ? undefined : Math.round(tokensPerSecond * 10) / 10
}

const MAX_SHOWN_MODELS = 20
