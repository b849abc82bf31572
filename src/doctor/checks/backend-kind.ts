// Does the backend speak what its kind speaks, does it take our key, which version is it, and who else can reach it?
import { whoAnswers } from '../ask/weir.ts'
import { hostOf, isLoopback, isPublic, portOf } from '../ask/addresses.ts'
import {
  askBackend,
  askListing,
  askVersion,
  isOk,
  LISTING,
  modelsOf,
  recognise,
  type Kind,
} from '../ask/backend.ts'
import { cut } from '../ask/json.ts'
import { backendOf, eachBackend, type Asked, type Check } from '../check.ts'
import { explainAnswer } from './backend-answers.ts'
import { fail, ok, warn, type Finding } from '../finding.ts'
import { vulnerabilitiesOf, type Vulnerability } from '../vulnerabilities.ts'

export const backendSpeaks: Check = {
  name: 'backend-speaks',
  group: 'backends',
  question: 'Does the backend speak what its kind speaks?',
  subjects: eachBackend,
  needs: ['backend-connects'],
  blocks: 'it does not speak what its kind speaks',
  async ask(asked) {
    const { kind } = backendOf(asked)
    const told = await askListing(asked)
    const status = 'page' in told ? told.page.status : 0
    if (status === 401 || status === 403) return refusedKey(asked, status)
    const health = kind === 'vllm' || kind === 'llamacpp' ? await askBackend(asked, '/health') : undefined
    if (health !== undefined && 'page' in health && health.page.status === 503) {
      return warn(`/health is answered with 503: ${cut(health.page.text)}`, {
        means: 'It is loading its model; until then nothing can be asked of it',
        fix: 'ask again in a minute',
      })
    }
    const isListed = modelsOf(kind, told) !== undefined
    const found = await recognise(asked)
    if (isListed && (health === undefined || isOk(health))) return judgeKind(kind, found)
    const isOtherKind = found !== undefined && found !== kind
    const explained = isOtherKind ? undefined : await explainAnswer(asked, told)
    return explained ?? mismatch(asked, { status, found })
  },
}

function refusedKey(asked: Asked, status: number): Finding {
  const { name, apiKey, kind, url } = backendOf(asked)
  if (apiKey === undefined && kind === 'ollama' && status === 403) {
    return fail(`it refuses to be called ${new URL(url).hostname} (403)`, {
      means: 'An Ollama that listens on its own machine alone answers to the names of that machine only',
      fix: 'write http://127.0.0.1:PORT or localhost into backends[].url, or OLLAMA_HOST=ADDRESS_OF_THE_NETWORK there',
    })
  }
  if (apiKey === undefined) {
    return fail(`it asks for a key (${status}), and backend ${name} has none`, {
      means: 'It refuses every request of the gateway',
      fix: `backends: [{ name: ${name}, …, apiKey: "\${env:NAME_OF_A_VARIABLE}" }]`,
    })
  }
  return fail(`it refuses the key of backend ${name} (${status})`, {
    means: 'Every request of the gateway is refused',
    fix: 'compare backends[].apiKey with what the server was started with; a file must hold the key alone',
  })
}

/** Kinds by which more of a server is known than by `openai`. */
const KNOWN_KINDS: readonly Kind[] = ['ollama', 'vllm', 'llamacpp']

function judgeKind(kind: Kind, found: Kind | undefined): Finding {
  const isOther = found !== undefined && found !== kind && KNOWN_KINDS.includes(found)
  if (!isOther || kind === 'simulator') return ok(`speaks what kind ${kind} speaks`)
  const isClose = kind === 'openai' || kind === 'anthropic'
  const seen = `kind is ${kind}, and what answers is ${NAMES[found] ?? found}`
  const fix = `kind: ${found}`
  if (!isClose) return fail(seen, { means: 'It is asked in words it does not know', fix })
  return warn(seen, {
    means: 'It works; with its own kind the gateway also knows of loads, health and its own API',
    fix,
  })
}

const NAMES: Readonly<Partial<Record<Kind, string>>> = {
  ollama: 'an Ollama',
  vllm: 'a vLLM',
  llamacpp: 'a llama.cpp',
}

async function mismatch(
  asked: Asked,
  { status, found }: { readonly status: number; readonly found: Kind | undefined },
): Promise<Finding> {
  const { kind, url } = backendOf(asked)
  const seen = `kind is ${kind}, and GET ${LISTING[kind]} is answered with ${status}`
  if (found !== undefined && found !== kind) {
    return fail(`${seen}: what answers is ${NAMES[found] ?? 'a server that speaks OpenAI’s API'}`, {
      means: 'The gateway asks it in words it does not know, and takes it for down',
      fix: `kind: ${found}`,
    })
  }
  const other = await whoAnswers(asked.asker, { url: new URL(url).origin, shown: url })
  const who = other.kind === 'weir' ? 'another gateway' : 'no model server that is known here'
  return fail(`${seen}: it is ${who}`, {
    means: 'No model can be listed or asked there',
    fix: `curl -i ${url}${LISTING[kind]} shows who answers; correct backends[].url (its path too) or its kind`,
  })
}

export const backendVersion: Check = {
  name: 'backend-version',
  group: 'backends',
  question: 'Is its version known, and not one with a hole?',
  subjects: eachBackend,
  needs: ['backend-speaks'],
  async ask(asked) {
    const told = await askVersion(asked)
    if (told === undefined) return []
    const { kind } = backendOf(asked)
    const { version } = told
    const holes = version === undefined ? undefined : vulnerabilitiesOf(kind, version)
    if (version === undefined || holes === undefined) {
      return warn(version === undefined ? 'it does not say its version' : `its version is ${cut(version)}`, {
        means: 'Whether it has a known hole cannot be told',
      })
    }
    const [first] = holes
    return first === undefined
      ? ok(`version ${version}, none of the holes known here`)
      : toHole(asked, version, holes)
  },
}

function toHole(asked: Asked, version: string, holes: readonly Vulnerability[]): Finding {
  const { kind, url } = backendOf(asked)
  const seen = `version ${version} has ${holes.map(({ id }) => id).join(', ')}`
  const newest =
    holes
      .map(({ fixed }) => fixed)
      .sort(byNumber)
      .at(-1) ?? ''
  const means = holes.map(({ what }) => what).join('; ')
  const fix = `update ${kind} to ${newest} or later`
  const { hostname } = new URL(url)
  const isAlone = hostname === 'localhost' || isLoopback(hostOf(new URL(url)))
  // Weir passes none of the paths on by which a server itself is attacked; then it depends on who else reaches it.
  return isAlone && holes.every(({ through }) => through === 'server')
    ? warn(seen, { means: `${means}. Weir passes no such request on`, fix })
    : fail(seen, { means, fix })
}

function byNumber(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true })
}

export const backendClosed: Check = {
  name: 'backend-closed',
  group: 'backends',
  question: 'Is the backend not open to the world?',
  subjects: eachBackend,
  needs: ['backend-speaks'],
  async ask(asked) {
    const { kind, apiKey, url } = backendOf(asked)
    if (kind === 'simulator' || new URL(url).protocol === 'https:') {
      if (apiKey === undefined) return []
    }
    if (apiKey !== undefined) return judgeKey(asked)
    const host = hostOf(new URL(url))
    if (isLoopback(host) || host === 'localhost') return judgeLocal(asked)
    if (!isPublic(host)) return ok('it is on a private address')
    return fail(`it answers without a key on the public address ${host}`, {
      means: 'Anybody can use it, and manage its models where it lets them',
      fix: CLOSE[kind] ?? 'let it listen on a private address, or ask for a key',
    })
  },
}

const CLOSE: Readonly<Partial<Record<Kind, string>>> = {
  ollama: 'OLLAMA_HOST=127.0.0.1 (systemctl edit ollama), or a firewall; callers go through Weir',
  vllm: 'vllm serve … --host 127.0.0.1, or --api-key with apiKey here',
  llamacpp: 'llama-server … --host 127.0.0.1, or --api-key with apiKey here',
}

async function judgeKey(asked: Asked): Promise<Finding> {
  const path = LISTING[backendOf(asked).kind]
  const told = await askBackend(asked, path, {})
  if (!isOk(told)) return ok('it answers only to who has the key')
  return warn(`GET ${path} is answered without a key too`, {
    means: 'The key is not asked for, at least not for the list of models',
    fix: 'start the server with the key it is to ask for',
  })
}

/** A server on this machine: does it answer at the addresses that others can reach as well? */
async function judgeLocal(asked: Asked): Promise<Finding> {
  const { kind, url } = backendOf(asked)
  const path = LISTING[kind]
  const port = portOf(new URL(url))
  const told = await Promise.all(
    asked.setup.machine.addresses().map(async (address) => {
      const host = address.includes(':') ? `[${address}]` : address
      const page = await asked.asker.ask({ url: `http://${host}:${port}${path}`, timeoutMs: OUTSIDE_MS })
      return isOk(page) ? [address] : []
    }),
  )
  const open = told.flat()
  if (open.length === 0) return ok('it answers on this machine alone')
  const seen = `it answers without a key on ${open.slice(0, 3).join(', ')} too`
  const fix = CLOSE[kind] ?? 'let it listen on 127.0.0.1'
  const isOpen = open.some(isPublic)
  const means = 'Who reaches it goes past the keys, limits and records of Weir, and may manage its models'
  return isOpen ? fail(`${seen}: a public address`, { means, fix }) : warn(seen, { means, fix })
}

const OUTSIDE_MS = 1_500
