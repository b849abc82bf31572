// Who is calling, as far as the gateway needs to know: names for the record, and what may be used.
import { createNetworkSet, parseNetwork } from '../core/network.ts'
import type { ContentPolicy } from '../core/content.ts'
import type { KeyPriority, KeySettings } from './config.ts'
import { parseGlob } from '../core/glob.ts'
import type { LimitSettings } from './limits/config.ts'

export interface Principal {
  /** The key's name; undefined for a caller who needs no key. */
  readonly name: string | undefined
  readonly tenant: string | undefined
  /** Who goes first where requests wait. */
  readonly priority: KeyPriority
  /** Of which requests prompt and answer may be kept; undefined where the key leaves that to others. */
  readonly content: ContentPolicy | undefined
  /** When the key stops working, by the wall clock; infinite for one that does not. */
  readonly expiresAtMs: number
  /** Undefined for a caller without limits of its own. */
  readonly limits: LimitSettings | undefined
  mayUse(model: string): boolean
  /** Takes the pattern of a route, never a raw path. */
  mayCall(endpoint: string): boolean
  /** Undefined for a key that may come from anywhere, so that nobody looks for an address in vain. */
  readonly mayComeFrom: ((address: string) => boolean) | undefined
}

const ANYTHING = (): boolean => true

/** A caller from this machine while no key is configured, or anybody under `auth: none`. */
export const ANONYMOUS: Principal = Object.freeze({
  name: undefined,
  tenant: undefined,
  priority: 'normal',
  content: undefined,
  expiresAtMs: Infinity,
  limits: undefined,
  mayUse: ANYTHING,
  mayCall: ANYTHING,
  mayComeFrom: undefined,
})

export function createPrincipal(settings: KeySettings): Principal {
  const { models, paths, from } = settings
  return Object.freeze({
    name: settings.name,
    tenant: settings.tenant,
    priority: settings.priority ?? 'normal',
    content: settings.content,
    expiresAtMs: settings.expires ?? Infinity,
    limits: settings.limits,
    mayUse: models === undefined ? ANYTHING : toRule(models),
    mayCall: paths === undefined ? ANYTHING : toRule(paths),
    mayComeFrom:
      from === undefined ? undefined : createNetworkSet(from.flatMap((text) => parseNetwork(text) ?? [])),
  })
}

function toRule(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const globs = patterns.filter((pattern) => pattern.includes('*')).map(parseGlob)
  return (name) => exact.has(name) || globs.some((matches) => matches(name))
}
