// What may become the value of a label. Everything a caller can choose freely ends here as `other`.
// Must not look at prompts, keys or addresses: they are never labels.
import type { DialectName, Operation } from '../core/record.ts'

/** What stands for every value that is not ours to name. */
export const OTHER = 'other'
/** A request that never reached a backend, and a caller without a tenant. */
export const NONE = 'none'

export const DIALECTS = ['openai', 'ollama', 'anthropic'] as const satisfies readonly DialectName[]

// Anybody can send any token as a method; RFC 9110 names these.
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
])

export function toMethodLabel(method: string): string {
  return KNOWN_METHODS.has(method) ? method : OTHER
}

const GENERATIVE: ReadonlySet<Operation> = new Set<Operation>([
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
])

/** Whether OpenTelemetry's GenAI metrics speak of this operation: listing models is not one. */
export function isGenerative(operation: Operation): boolean {
  return GENERATIVE.has(operation)
}

/** Tenants get a series of their own as long as there are few; contracts are many, dashboards are read by people. */
export const MAX_TENANTS = 100

export interface ValueCap {
  /** The value itself, or `other` when there are too many. */
  toLabel(value: string): string
  readonly size: number
}

/** Lets the first `most` distinct values through. `onLimited` is called each time a value is refused. */
export function createValueCap(most: number, onLimited: () => void): ValueCap {
  const known = new Set<string>()
  return {
    toLabel(value) {
      if (known.has(value)) return value
      if (known.size < most) {
        known.add(value)
        return value
      }
      onLimited()
      return OTHER
    },
    get size() {
      return known.size
    },
  }
}
