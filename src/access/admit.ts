// Whether a caller is let in, and as whom. Closed by default: what is not clearly allowed is refused.
import type { Clock } from '../core/clock.ts'
import { WeirError } from '../core/errors.ts'
import { printInstant } from '../core/instant.ts'
import { createNetworkSet, parseNetwork } from '../core/network.ts'
import { parseCaller, type Caller } from './caller.ts'
import { clientAddress, peerAddress, type AddressClues } from './client-address.ts'
import type { AccessSettings } from './config.ts'
import { createKeyring, type Keyring, type StoredKeys } from './keys.ts'
import { ANONYMOUS, type Principal } from './principal.ts'
import { WrongKeys } from './wrong-keys.ts'

/** What decides about callers under one configuration. */
export interface Access {
  readonly auth: AccessSettings['auth']
  readonly keyring: Keyring
  /** Undefined while no proxy is trusted. */
  readonly isTrustedProxy: ((address: string) => boolean) | undefined
  readonly wrongKeys: WrongKeys
  readonly wrongKeysPerMinute: number
  readonly clock: Clock
}

export interface AccessInput {
  readonly settings: AccessSettings
  readonly stored: StoredKeys | undefined
  readonly trustedProxies: readonly string[]
  readonly wrongKeysPerMinute: number
  readonly clock: Clock
  /** What decided until now: its memory of wrong keys is carried over. */
  readonly previous: Access | undefined
}

export function createAccess(input: AccessInput): Access {
  const { settings, stored, trustedProxies, clock, previous } = input
  return {
    auth: settings.auth,
    keyring: createKeyring(settings, stored),
    isTrustedProxy:
      trustedProxies.length === 0
        ? undefined
        : createNetworkSet(trustedProxies.flatMap((text) => parseNetwork(text) ?? [])),
    wrongKeys: previous?.wrongKeys ?? new WrongKeys(clock),
    wrongKeysPerMinute: input.wrongKeysPerMinute,
    clock,
  }
}

/**
 * Who asks, and for what. The listener is named because a TCP socket that has just been closed has no address either, and
 * must not pass for a local one.
 */
export interface AdmitQuestion extends AddressClues {
  /** The pattern of the route. */
  readonly endpoint: string
}

const HOW_TO_SEND = 'as `Authorization: Bearer KEY` or `x-api-key: KEY`'

const NO_KEYS_YET =
  'On the machine of the gateway run `weir keys create --name NAME`, where the gateway was started, ' +
  `and send the key it prints ${HOW_TO_SEND}.`

const WHY_NOT_LOCAL = {
  remote: 'No API key is configured here, so only callers on the machine of the gateway are served.',
  proxy: 'No API key is configured here, and a request that came through a proxy is not a local one.',
  'web page': 'No API key is configured here, and a request sent by a web page is not a local one.',
} as const

/** The principal to go on with, or the error to answer with. */
export function admit(access: Access, question: AdmitQuestion): Principal | WeirError {
  const caller = parseCaller(question.rawHeaders)
  if (access.auth === 'none') return nameOrAnonymous(access, caller)
  if (access.keyring.isEmpty) return admitWithoutKeys(question, caller)
  const { credential } = caller
  switch (credential.kind) {
    case 'one':
      return admitKey(access, question, credential.key)
    case 'none':
      return new WeirError('unauthorized', { message: `An API key is needed: send it ${HOW_TO_SEND}.` })
    case 'malformed':
      return refuseWrongKey(access, question, `The API key is not readable: send it ${HOW_TO_SEND}.`)
    case 'conflict':
      return new WeirError('invalid_request', { message: 'Two different API keys were sent; send one.' })
  }
}

/** Whether the other end of a socket is on this machine. An address that is not understood is not. */
export function isLocal(remoteAddress: string | undefined, listener: 'tcp' | 'unix'): boolean {
  if (remoteAddress === undefined) return listener === 'unix'
  return (
    remoteAddress.startsWith('127.') || remoteAddress === '::1' || remoteAddress.startsWith('::ffff:127.')
  )
}

/** Why a key was refused is told to whoever holds it; a stranger learns only that it is none of ours. */
function admitKey(access: Access, question: AdmitQuestion, key: string): Principal | WeirError {
  const principal = access.keyring.find(key)
  if (principal === undefined) return refuseUnknownKey(access, question, key)
  const { expiresAtMs, mayComeFrom } = principal
  if (expiresAtMs !== Infinity && access.clock.wall() >= expiresAtMs) {
    return new WeirError('unauthorized', { message: `This API key expired at ${printInstant(expiresAtMs)}.` })
  }
  if (mayComeFrom !== undefined) {
    const address = clientAddress(question, access.isTrustedProxy)
    if (address === undefined || !mayComeFrom(address)) {
      return new WeirError('forbidden', { message: 'This key may not be used from this address.' })
    }
  }
  if (principal.mayCall(question.endpoint)) return principal
  return new WeirError('forbidden', { message: 'This key may not use this path.' })
}

function refuseUnknownKey(access: Access, question: AdmitQuestion, key: string): WeirError {
  if (!access.keyring.wasRevoked(key)) return refuseWrongKey(access, question, undefined)
  return new WeirError('unauthorized', { message: 'This API key was revoked.' })
}

/**
 * Only keys that were never ours count against an address, and a good one is always let in: people behind one address do not
 * lock each other out. What keeps keys from being guessed is their length; this keeps the noise of trying down.
 */
function refuseWrongKey(access: Access, question: AdmitQuestion, message: string | undefined): WeirError {
  const address = clientAddress(question, access.isTrustedProxy) ?? peerAddress(question)
  const retryAfterSeconds = access.wrongKeys.note(address, access.wrongKeysPerMinute)
  if (retryAfterSeconds === undefined)
    return new WeirError('unauthorized', message === undefined ? {} : { message })
  return new WeirError('rate_limited', {
    message: 'Too many wrong API keys came from this address; try again later.',
    retryAfterSeconds,
  })
}

/** Everybody is served, but who shows a known key is still recorded under its name. */
function nameOrAnonymous({ keyring, clock }: Access, { credential }: Caller): Principal {
  const known = credential.kind === 'one' && !keyring.isEmpty ? keyring.find(credential.key) : undefined
  if (known === undefined) return ANONYMOUS
  return known.expiresAtMs === Infinity || clock.wall() < known.expiresAtMs ? known : ANONYMOUS
}

/** What a local caller sends as a key is not looked at: SDKs insist on sending one. */
function admitWithoutKeys(
  { remoteAddress, listener }: AdmitQuestion,
  { via }: Caller,
): Principal | WeirError {
  const reason = isLocal(remoteAddress, listener) ? via : 'remote'
  if (reason === undefined) return ANONYMOUS
  return new WeirError('unauthorized', { message: `${WHY_NOT_LOCAL[reason]} ${NO_KEYS_YET}` })
}
