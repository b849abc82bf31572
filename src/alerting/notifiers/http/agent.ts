// The way out for notifiers: undici on sockets that go nowhere forbidden. No redirects, no connection kept for later: between two
// alerts lie hours, and a connection that died in between would cost the message that meets it.
import { lookup as lookupAll, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { whyForbidden } from '../../../core/forbidden-addresses.ts'

/** The address of a receiver is one that nothing of ours may call (docs: what a name resolves to is judged, not the name). */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress'
}

/** A server that is slower to accept than this is not there; the clock of the whole delivery may be shorter. */
const CONNECT_TIMEOUT_MS = 10_000

export function createAgent(): Agent {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: lookupAllowed })
  return new Agent({
    // Over whole answers stands the clock of the delivery.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(options, done) {
      const host = options.hostname.replace(/^\[|\]$/g, '')
      const what = isIP(host) === 0 ? undefined : whyForbidden(host)
      if (what === undefined) connect(options, done)
      else done(new ForbiddenAddress(what), null)
    },
  })
}

/** Addresses are judged after their name was resolved and right before one is dialled: a name may mean another one next time. */
export const lookupAllowed: LookupFunction = (hostname, options, done) => {
  lookupAll(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      done(error, [])
      return
    }
    const refusals = addresses.flatMap(({ address }) => whyForbidden(address) ?? [])
    const allowed: LookupAddress[] = addresses.filter(({ address }) => whyForbidden(address) === undefined)
    const [first] = allowed
    if (first === undefined) done(new ForbiddenAddress(refusals[0] ?? 'no address'), [])
    else if (options.all === true) done(null, allowed)
    else done(null, first.address, first.family)
  })
}
