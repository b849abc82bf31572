// Are models listed, those that the configuration names among them, and wholly in GPU memory where they are loaded?
import { findNearest } from '../../config/nearest.ts'
import { parseGlob } from '../../core/glob.ts'
import { askListing, askRunning, modelsOf } from '../ask/backend.ts'
import { cut } from '../ask/json.ts'
import { backendOf, eachBackend, type Asked, type Backend, type Check } from '../check.ts'
import { fail, ok, warn, type Finding } from '../finding.ts'

const SHOWN = 5

export const backendModels: Check = {
  name: 'backend-models',
  group: 'backends',
  question: 'Does the backend list models?',
  subjects: eachBackend,
  needs: ['backend-speaks'],
  blocks: 'it lists no model',
  async ask(asked) {
    const backend = backendOf(asked)
    const listed = modelsOf(backend.kind, await askListing(asked)) ?? []
    if (backend.models !== undefined) return judgeNamed(backend, listed)
    if (listed.length > 0) return ok(`lists ${listOf(listed)}`)
    return fail('it lists no model', {
      means: 'Nothing can be asked of it',
      fix: backend.kind === 'ollama' ? 'ollama pull qwen3:8b' : 'start it with a model',
    })
  },
}

function listOf(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''
  return `${names.length} model${names.length === 1 ? '' : 's'}: ${names.slice(0, SHOWN).map(cut).join(', ')}${more}`
}

/** Names that somebody wrote because it cannot list; where it can, they should be in it. */
function judgeNamed({ models = [], name }: Backend, listed: readonly string[]): Finding {
  const missing = models.filter((model) => !listed.some(parseGlobOrName(model)))
  if (listed.length === 0) return ok(`serves what backends[].models names: ${listOf(models)}`)
  if (missing.length === 0) return ok(`lists what backends[].models names: ${listOf(models)}`)
  return fail(`it does not list ${missing.map(cut).join(', ')}`, {
    means: 'Requests for it reach this backend and are answered with "not found"',
    fix: suggest(missing[0] ?? '', listed) ?? `leave models out of backend ${name}: it can list them itself`,
  })
}

function parseGlobOrName(text: string): (name: string) => boolean {
  return text.includes('*') ? parseGlob(text) : (name) => name === text
}

function suggest(model: string, listed: readonly string[]): string | undefined {
  const tagged = listed.find((name) => name.split(':')[0] === model)
  const near = tagged ?? findNearest(model, listed)[0]
  return near === undefined ? undefined : `did you mean ${near}?`
}

export const modelsServed: Check = {
  name: 'models-served',
  group: 'backends',
  question: 'Is every model of the configuration listed by a backend that may serve it?',
  after: ['backend-models'],
  async ask(asked) {
    const { models } = asked.setup.config.gateway
    const listings = await readListings(asked)
    const judged = models.map((entry) => judgeEntry(entry, { listings, setup: asked.setup }))
    const findings = judged.flatMap((each) => each ?? [])
    const known = judged.filter((each) => each !== undefined).length
    if (known > 0 && findings.length === 0)
      return ok(
        `${known} of ${models.length} models of the configuration are listed where they may be served`,
      )
    return findings
  },
}

/** By backend; without those that did not answer, of which nothing is known. */
type Listings = ReadonlyMap<string, readonly string[]>

async function readListings(asked: Asked): Promise<Listings> {
  const { backends } = asked.setup
  const read = await Promise.all(
    backends.map(async ({ name, kind, models }): Promise<[string, readonly string[]][]> => {
      const status = asked.statusOf('backend-models', name)
      if (status === 'fail' || status === 'skip' || status === undefined) return []
      const listed = modelsOf(kind, await askListing({ ...asked, subject: name })) ?? []
      return [[name, [...listed, ...(models ?? [])]]]
    }),
  )
  return new Map(read.flat())
}

type Entry = Asked['setup']['config']['gateway']['models'][number]

interface Route {
  readonly backend: string
  /** What the backend would be asked for. */
  readonly model: string
  readonly isSimulator: boolean
}

function routesOf({ name, model, backends }: Entry, setup: Asked['setup']): readonly Route[] {
  const written = backends ?? setup.backends.map((backend) => ({ name: backend.name, model: undefined }))
  return written.map((route) => ({
    backend: route.name,
    model: route.model ?? model ?? name,
    isSimulator: setup.backends.find((each) => each.name === route.name)?.kind === 'simulator',
  }))
}

function judgeEntry(
  entry: Entry,
  { listings, setup }: { readonly listings: Listings; readonly setup: Asked['setup'] },
): readonly Finding[] | undefined {
  const routes = routesOf(entry, setup)
  // Of a backend that did not answer nothing is known, and a simulator serves any name.
  if (routes.some(({ backend, isSimulator }) => isSimulator || !listings.has(backend))) return undefined
  const lists = ({ backend, model }: Route): boolean =>
    (listings.get(backend) ?? []).some(parseGlobOrName(model))
  const lacking = routes.filter((route) => !lists(route))
  const [first] = lacking
  if (first === undefined) return []
  const who = lacking.map(({ backend }) => backend).join(', ')
  const all = routes.flatMap(({ backend }) => listings.get(backend) ?? [])
  const fix = suggest(first.model, all) ?? `pull it on ${who}, or correct models[].name`
  const shown = cut(entry.name)
  if (lacking.length < routes.length) {
    // Without a list of backends, whoever has it serves it.
    if (entry.backends === undefined) return []
    return [
      warn(`${shown} is not listed by ${who}, which may serve it`, { means: 'The others answer alone', fix }),
    ]
  }
  if (entry.name.includes('*'))
    return [warn(`nothing that is listed matches ${shown}`, { means: 'The entry is never used', fix })]
  const asked = first.model === entry.name ? shown : `${cut(first.model)}, which ${shown} stands for`
  const also = entry.fallback.length === 0 ? '' : '; its fallback answers'
  return [
    fail(`no backend lists ${asked}`, {
      means: `Requests for it are answered with "model not found"${also}`,
      fix,
    }),
  ]
}

export const backendMemory: Check = {
  name: 'backend-memory',
  group: 'backends',
  question: 'Are loaded models wholly in GPU memory?',
  subjects: eachBackend,
  needs: ['backend-models'],
  async ask(asked) {
    const running = await askRunning(asked)
    if (running === undefined) return []
    if (running.length === 0) return ok('no model is loaded now; the next request for one waits for its load')
    return running.map(({ name, bytes, vramBytes }): Finding => {
      if (vramBytes >= bytes) return ok(`${cut(name)} is loaded, wholly in GPU memory`)
      const percent = bytes === 0 ? 0 : Math.round((1 - vramBytes / bytes) * 100)
      return warn(
        `${cut(name)} is loaded, ${percent === 100 ? 'wholly' : `${percent} % of it`} in the memory of the CPU`,
        {
          means: 'It answers many times slower than it could from a GPU alone',
          fix: 'a smaller model or quantisation, a shorter context (OLLAMA_CONTEXT_LENGTH), fewer at once; ollama ps',
        },
      )
    })
  },
}
