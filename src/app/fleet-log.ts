// What the log says about backends coming and going, and what is to be done when their models change.
import type { FleetEvents } from '../gateway/routing/fleet.ts'
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
  }
}

const MAX_SHOWN_MODELS = 20
