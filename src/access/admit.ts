// Whether a caller is let in, and as whom. Pure, and closed by default: what is not clearly allowed is refused.
import { WeirError } from '../core/errors.ts'
import type { Caller } from './caller.ts'
import type { AccessSettings } from './config.ts'
import type { Keyring } from './keys.ts'
import { ANONYMOUS, type Principal } from './principal.ts'

export interface AdmitQuestion {
  readonly auth: AccessSettings['auth']
  readonly keyring: Keyring
  readonly caller: Caller
  /** What the kernel says about the other end, never what a header says. */
  readonly remoteAddress: string | undefined
  /** Asked for because a TCP socket that has just been closed has no address either, and must not pass for a local one. */
  readonly listener: 'tcp' | 'unix'
}

const HOW_TO_SEND = 'as `Authorization: Bearer KEY` or `x-api-key: KEY`'

const NO_KEYS_YET =
  'On the machine of the gateway run `weir keys create --name NAME`, put the lines it prints under `keys:` in weir.yaml, ' +
  `and send the key ${HOW_TO_SEND}.`

const WHY_NOT_LOCAL = {
  remote: 'No API key is configured here, so only callers on the machine of the gateway are served.',
  proxy: 'No API key is configured here, and a request that came through a proxy is not a local one.',
  'web page': 'No API key is configured here, and a request sent by a web page is not a local one.',
} as const

/** The principal to go on with, or the error to answer with. */
export function admit(question: AdmitQuestion): Principal | WeirError {
  const { auth, keyring, caller } = question
  if (auth === 'none') return nameOrAnonymous(question)
  if (keyring.size === 0) return admitWithoutKeys(question)
  const { credential } = caller
  switch (credential.kind) {
    case 'one':
      return keyring.find(credential.key) ?? new WeirError('unauthorized')
    case 'none':
      return new WeirError('unauthorized', { message: `An API key is needed: send it ${HOW_TO_SEND}.` })
    case 'malformed':
      return new WeirError('unauthorized', {
        message: `The API key is not readable: send it ${HOW_TO_SEND}.`,
      })
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

/** Everybody is served, but who shows a known key is still recorded under its name. */
function nameOrAnonymous({ keyring, caller: { credential } }: AdmitQuestion): Principal {
  return (
    (credential.kind === 'one' && keyring.size > 0 ? keyring.find(credential.key) : undefined) ?? ANONYMOUS
  )
}

/** What a local caller sends as a key is not looked at: SDKs insist on sending one. */
function admitWithoutKeys({ caller, remoteAddress, listener }: AdmitQuestion): Principal | WeirError {
  const reason = isLocal(remoteAddress, listener) ? caller.via : 'remote'
  if (reason === undefined) return ANONYMOUS
  return new WeirError('unauthorized', { message: `${WHY_NOT_LOCAL[reason]} ${NO_KEYS_YET}` })
}
