// How many connections fit into the limit of open files of this process. Linux tells; elsewhere nothing is known.
import { readdirSync, readFileSync } from 'node:fs'
import type { ServerSettings } from '../gateway/config.ts'

export interface Descriptors {
  /** How many files and sockets this process may have open. */
  readonly limit: number
  readonly open: number
}

/** Undefined where the system does not say. */
function readDescriptors(): Descriptors | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined
      ? undefined
      : { limit: Number(limit), open: readdirSync('/proc/self/fd').length }
  } catch {
    return undefined
  }
}

/** For files that are read, probes, the metrics page and connections to backends that wait for their next request. */
const RESERVE = 16
const RESERVE_RATIO = 0.05

/** A caller takes one descriptor, and one more on its way to a backend. */
export function connectionsWithin({ limit, open }: Descriptors): number {
  const free = limit - open - Math.max(RESERVE, Math.ceil(limit * RESERVE_RATIO))
  return Math.max(1, Math.floor(free / 2))
}

/** A limit of connections that the system does not let us keep would end in connections that are closed without a word. */
export function withinDescriptors(
  settings: ServerSettings,
  onFewer: (connections: number, limit: number) => void,
): ServerSettings {
  const descriptors = readDescriptors()
  if (descriptors === undefined) return settings
  const maxConnections = connectionsWithin(descriptors)
  if (maxConnections >= settings.maxConnections) return settings
  onFewer(maxConnections, descriptors.limit)
  return { ...settings, maxConnections }
}
