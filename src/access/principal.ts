// Who is calling, as far as the gateway needs to know: names for the record, and what may be used.
import type { KeySettings } from './config.ts'
import { parseGlob } from './glob.ts'

export interface Principal {
  /** The key's name; undefined for a caller who needs no key. */
  readonly name: string | undefined
  readonly tenant: string | undefined
  mayUse(model: string): boolean
}

/** A caller from this machine while no key is configured, or anybody under `auth: none`. */
export const ANONYMOUS: Principal = Object.freeze({
  name: undefined,
  tenant: undefined,
  mayUse: () => true,
})

export function createPrincipal(settings: KeySettings): Principal {
  return Object.freeze({
    name: settings.name,
    tenant: settings.tenant,
    mayUse: settings.models === undefined ? () => true : toRule(settings.models),
  })
}

function toRule(models: readonly string[]): (model: string) => boolean {
  const exact = new Set(models.filter((model) => !model.includes('*')))
  const globs = models.filter((model) => model.includes('*')).map(parseGlob)
  return (model) => exact.has(model) || globs.some((matches) => matches(model))
}
