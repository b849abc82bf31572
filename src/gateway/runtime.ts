// What stays the same for a request from its first byte to its last: one configuration, made ready to serve.
import { createAccess, type Access } from '../access/admit.ts'
import type { AccessSettings } from '../access/config.ts'
import type { LimitsSettings } from '../access/limits/config.ts'
import type { LimitState } from '../access/limits/limit-state.ts'
import { Limits } from '../access/limits/limits.ts'
import type { StoredKeys } from '../access/keys.ts'
import type { Clock } from '../core/clock.ts'
import type { GatewaySettings } from './config.ts'
import type { ContentRule } from './content.ts'
import { RequestParser } from './dialects/parse-request.ts'
import { RuleBook } from './routing/rules.ts'
import { Fleet, type FleetEvents } from './routing/fleet.ts'
import type { Lookup } from './upstream/dial/name-cache.ts'

export interface Runtime {
  readonly settings: GatewaySettings
  readonly access: Access
  readonly fleet: Fleet
  readonly parser: RequestParser
  /** Undefined where nothing can be counted. */
  readonly limits: Limits | undefined
  /** Undefined where nothing that was said can be kept. */
  readonly content: ContentRule | undefined
  /** Milliseconds; what gaps between tokens are counted into. Undefined: the shared bounds. */
  readonly gapBoundsMs: readonly number[] | undefined
}

export interface RuntimeInput {
  readonly settings: GatewaySettings
  readonly access: AccessSettings
  /** Keys that are kept beside the configuration; they change while a runtime serves. */
  readonly storedKeys?: StoredKeys | undefined
  /** Limits of whatever is not a key or a model, and where they are counted; without it nothing is limited. */
  readonly limits?: { readonly settings: LimitsSettings; readonly state: LimitState } | undefined
  /** Of which requests prompt and answer are kept; without it of none, whatever a key says. */
  readonly content?: ContentRule | undefined
  /** Milliseconds; without it gaps between tokens are counted into the shared bounds. */
  readonly gapBoundsMs?: readonly number[] | undefined
  readonly clock: Clock
  readonly events?: FleetEvents
  /** Resolves the names of backends; the system does without it. */
  readonly lookup?: Lookup | undefined
  /** A number in [0, 1). */
  readonly random?: (() => number) | undefined
  /** What served until now: its backends are taken over where their settings did not change. */
  readonly previous?: Runtime | undefined
}

export function createRuntime(input: RuntimeInput): Runtime {
  const { settings, access, clock } = input
  const events = input.events ?? {}
  return {
    settings,
    access: createAccess({
      settings: access,
      stored: input.storedKeys,
      trustedProxies: settings.server.trustedProxies,
      wrongKeysPerMinute: settings.server.wrongKeys,
      clock,
      previous: input.previous?.access,
    }),
    fleet: new Fleet(settings, {
      ...{ clock, events, lookup: input.lookup, random: input.random },
      previous: input.previous?.fleet,
    }),
    parser: new RequestParser(settings.server.maxDepth),
    limits: toLimits(input),
    content: input.content,
    gapBoundsMs: input.gapBoundsMs,
  }
}

function toLimits({ limits, settings: { models } }: RuntimeInput): Limits | undefined {
  if (limits === undefined) return undefined
  const book = new RuleBook(models)
  const labels = new Map(models.map(({ name, model }) => [model, name]))
  const entryOf = (name: string): string | undefined => book.find(name)?.name ?? labels.get(name)
  return new Limits({ ...limits, models, entryOf })
}
