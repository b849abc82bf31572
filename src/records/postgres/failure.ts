// What goes wrong with a PostgreSQL server, in words that an operator can act on. The place is without its password.
import { RecordStoreError, type StoreFailure } from '../store.ts'

/** A question that was not answered within its time. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'

  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
  }
}

/** By the codes of PostgreSQL (appendix A of its manual) and of the system. */
const KNOWN: Readonly<Record<string, readonly [StoreFailure, string]>> = {
  '28P01': ['no_access', 'it refuses the user or the password'],
  '28000': ['no_access', 'it refuses the user or the password'],
  '3D000': ['missing', 'it has no such database'],
  '3F000': ['missing', 'the schema of its search_path does not exist'],
  '42501': ['no_access', 'the user may not do that: it must be able to create tables in its schema'],
  '25006': ['no_access', 'it is read-only: a standby, or told so'],
  '53100': ['full', 'its disk is full'],
  '53200': ['unreachable', 'it is out of memory'],
  '53300': ['unreachable', 'it has no connection to spare (max_connections)'],
  '55P03': ['locked', 'somebody else holds what is needed locked'],
  '57014': ['unreachable', 'it gave up a statement that took too long'],
  '57P01': ['unreachable', 'it is shutting down'],
  '57P02': ['unreachable', 'it crashed'],
  '57P03': ['unreachable', 'it is starting up or shutting down'],
  ECONNREFUSED: ['unreachable', 'nobody listens there'],
  ECONNRESET: ['unreachable', 'the connection was reset'],
  EAI_AGAIN: ['unreachable', 'the name of its host cannot be looked up right now'],
  EHOSTUNREACH: ['unreachable', 'there is no way to its host'],
  ENETUNREACH: ['unreachable', 'there is no way to its network'],
  ENOENT: ['unreachable', 'there is no such socket'],
  ENOTFOUND: ['unreachable', 'the name of its host is not known'],
}

/** A row for which no day has a table: it was taken away by another gateway. */
const NO_PARTITION = '23514'

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined
}

export function isWithoutPartition(thrown: unknown): boolean {
  return thrown instanceof RecordStoreError && codeOf(thrown.cause) === NO_PARTITION
}

export function toStoreError(thrown: unknown, place: string): RecordStoreError {
  if (thrown instanceof RecordStoreError) return thrown
  const [reason, why] = toReason(thrown)
  return new RecordStoreError(reason, `the record store at ${place} cannot be used: ${why}`, thrown)
}

function toReason(thrown: unknown): readonly [StoreFailure, string] {
  // Several addresses were tried in vain.
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return toReason(thrown.errors[0])
  const code = codeOf(thrown)
  const known = KNOWN[code ?? '']
  if (known !== undefined) return known
  if (!(thrown instanceof Error)) return ['other', 'it failed']
  // What the server itself says has a code; without one it is the connection that failed.
  return [code === undefined ? 'unreachable' : 'other', thrown.message]
}
