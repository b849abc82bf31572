// Does the name of a backend resolve, to an address that may be called and is not our own, and does it connect?
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { whyForbidden } from '../../core/forbidden-addresses.ts'
import { hostOf, isEveryInterface, isLoopback, portOf } from '../ask/addresses.ts'
import { askListing } from '../ask/backend.ts'
import { mendFailure, type Failure } from '../ask/failure.ts'
import { backendOf, eachBackend, type Asked, type Backend, type Check } from '../check.ts'
import { fail, ok, warn, type Finding } from '../finding.ts'

export const backendsNamed: Check = {
  name: 'backends-named',
  group: 'backends',
  question: 'Is there a backend?',
  async ask({ setup: { config, backends } }) {
    if (config.gateway.backends.length > 0) return []
    const [usual] = backends
    if (usual !== undefined) return ok(`none is configured: the Ollama that answers at ${usual.url} is used`)
    return warn('none is configured, and no Ollama answers on this machine', {
      means: 'The gateway uses its built-in simulator, whose answers are made up',
      fix: 'weir --ollama-url URL, or backends: [{ name: a, url: URL, kind: ollama }]',
    })
  },
}

export const backendResolves: Check = {
  name: 'backend-resolves',
  group: 'backends',
  question: 'Does the name of the backend resolve, and not to the gateway itself?',
  subjects: eachBackend,
  blocks: 'its address leads nowhere',
  async ask(asked) {
    const url = new URL(backendOf(asked).url)
    const host = hostOf(url)
    const addresses = await resolve(host)
    if (typeof addresses === 'string') {
      return fail(`${host} is not known (${addresses})`, {
        means: 'No request can reach this backend',
        fix: `getent hosts ${host}; correct the name in backends[].url, or in DNS or /etc/hosts`,
      })
    }
    const forbidden = addresses
      .map((address) => ({ address, why: whyForbidden(address) }))
      .find(({ why }) => why)
    if (forbidden !== undefined) {
      return fail(`${host} is ${forbidden.address}, ${forbidden.why}`, {
        means: 'Weir never calls such addresses',
        fix: 'write the address of the model server itself into backends[].url',
      })
    }
    if (isOurselves(asked, { addresses, port: portOf(url) })) {
      return fail(`${url.host} is the gateway itself`, {
        means: 'Every request would go round in a circle until its time is over',
        fix: 'write where the model server listens into backends[].url; an Ollama: http://127.0.0.1:11434',
      })
    }
    return ok(isIP(host) === 0 ? `${host} is ${addresses.join(', ')}` : `its URL names an address, ${host}`)
  },
}

/** The code of the failure when there is none. */
async function resolve(host: string): Promise<readonly string[] | string> {
  if (isIP(host) !== 0) return [host]
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

function isOurselves(
  { setup }: Asked,
  { addresses, port }: { readonly addresses: readonly string[]; readonly port: number },
): boolean {
  const { listen } = setup.config.gateway
  if (listen.kind !== 'tcp' || listen.port !== port) return false
  const own = new Set(setup.machine.addresses())
  return addresses.some((address) => {
    if (isEveryInterface(listen.host)) return isLoopback(address) || own.has(address)
    return (
      address === listen.host ||
      (isLoopback(address) && (listen.host === 'localhost' || isLoopback(listen.host ?? '')))
    )
  })
}

export const backendConnects: Check = {
  name: 'backend-connects',
  group: 'backends',
  question: 'Does the backend take connections and answer?',
  subjects: eachBackend,
  needs: ['backend-resolves'],
  blocks: 'it does not answer',
  async ask(asked) {
    const told = await askListing(asked)
    const { url } = backendOf(asked)
    if ('page' in told) return ok(`${url} answers in ${Math.round(told.page.ms)} ms`)
    return toFinding(backendOf(asked), told.failure)
  },
}

const START: Readonly<Partial<Record<Backend['kind'], string>>> = {
  ollama: 'systemctl start ollama, or: ollama serve',
  vllm: 'vllm serve MODEL --port PORT',
  llamacpp: 'llama-server -m MODEL.gguf --port PORT',
  simulator: 'weir simulate --listen HOST:PORT',
}

function toFinding({ url, kind }: Backend, failure: Failure): Finding {
  const inContainer = isLoopback(hostOf(new URL(url))) || new URL(url).hostname === 'localhost'
  const note = inContainer ? '. In a container 127.0.0.1 is the container itself' : ''
  const means =
    failure.cause === 'late'
      ? 'It hangs, or something between drops what is sent to it'
      : failure.cause === 'certificate'
        ? 'The gateway trusts no certificate that cannot be checked, so it calls nobody there'
        : `No request can be answered by this backend${failure.cause === 'refused' ? note : ''}`
  const start = failure.cause === 'refused' ? START[kind] : undefined
  return fail(`${url}: ${failure.text}`, {
    means,
    fix: start ?? mendFailure(failure, url) ?? 'start it, or correct backends[].url',
  })
}
