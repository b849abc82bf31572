// Does a token really come out? Asked only with --generate: it may load a model, which takes memory and time.
import { printDuration } from '../../core/units.ts'
import { isWritingModel } from '../../core/writing-models.ts'
import { askListing, askRunning, modelsOf } from '../ask/backend.ts'
import { cut, field, listAt, parseJson } from '../ask/json.ts'
import { backendOf, type Asked, type Backend, type Check } from '../check.ts'
import { fail, ok, skip, type Finding } from '../finding.ts'

const ANSWER_MARGIN_MS = 2_000

export const generate: Check = {
  name: 'generate',
  group: 'backends',
  question: 'Does one token really come out?',
  subjects: ({ options, backends }) => (options.generate ? backends.map(({ name }) => name) : ['']),
  after: ['backend-models'],
  patienceMs: ({ options }) => options.generateMs + ANSWER_MARGIN_MS,
  async ask(asked) {
    if (asked.subject === '')
      return skip('--generate asks each backend for one token, which may load a model')
    const status = asked.statusOf('backend-models')
    if (status === 'fail' || status === 'skip') return skip('this backend does not answer as it should')
    const model = await chooseModel(asked)
    if (model === undefined) return skip('no model that writes text is listed')
    return askForToken(asked, model)
  },
}

/** One that is in memory already, then one that the configuration names, then the first that is listed. */
async function chooseModel(asked: Asked): Promise<string | undefined> {
  const { kind, models } = backendOf(asked)
  const listed = [...(models ?? []), ...(modelsOf(kind, await askListing(asked)) ?? [])].filter(
    isWritingModel,
  )
  const running = (await askRunning(asked)) ?? []
  const named = asked.setup.config.gateway.models.map(({ name, model }) => model ?? name)
  return (
    running.map(({ name }) => name).find(isWritingModel) ??
    listed.find((name) => named.includes(name)) ??
    listed[0]
  )
}

const PROMPT = 'Hi'

function toQuestion({ kind }: Backend, model: string): { readonly path: string; readonly body: unknown } {
  const messages = [{ role: 'user', content: PROMPT }]
  switch (kind) {
    case 'ollama':
      return {
        path: '/api/generate',
        body: { model, prompt: PROMPT, stream: false, options: { num_predict: 1 } },
      }
    case 'anthropic':
      return { path: '/v1/messages', body: { model, messages, max_tokens: 1 } }
    default:
      return { path: '/v1/chat/completions', body: { model, messages, max_tokens: 1, stream: false } }
  }
}

async function askForToken(asked: Asked, model: string): Promise<Finding> {
  const backend = backendOf(asked)
  const { urlFor, headers } = asked.setup.hands.reach(backend)
  const { path, body } = toQuestion(backend, model)
  const { generateMs } = asked.setup.options
  const told = await asked.asker.ask({ url: urlFor(path), headers, body, timeoutMs: generateMs })
  if ('failure' in told) {
    const isLate = told.failure.cause === 'late'
    return fail(
      isLate
        ? `it answers its pages, and brought no token of ${cut(model)} in ${printDuration(generateMs)}`
        : `${cut(model)}: ${told.failure.text}`,
      {
        means: isLate
          ? 'It hangs, is busy with others, or is still loading the model'
          : 'It breaks while it generates',
        fix: `${LOOK[backend.kind] ?? 'look into its log'}; for a long load: weir doctor --generate --patience 5m`,
      },
    )
  }
  const { status, text, ms } = told.page
  if (status === 200 && hasAnswer(parseJson(text)))
    return ok(`one token of ${cut(model)} came in ${Math.round(ms)} ms`)
  return fail(`${cut(model)} is answered with ${status}: ${cut(text)}`, {
    means: 'The server is there and generates nothing',
    fix: LOOK[backend.kind] ?? 'look into its log',
  })
}

const LOOK: Readonly<Partial<Record<Backend['kind'], string>>> = {
  ollama: 'journalctl -u ollama -n 50; ollama ps; nvidia-smi',
  vllm: 'look into its log and at nvidia-smi',
  llamacpp: 'look into its log and at /slots',
}

/** A model that thinks first may have nothing to show for one token, but it has the place for it. */
function hasAnswer(body: unknown): boolean {
  if (field(body, 'error') !== undefined) return false
  return (
    ['choices', 'content'].some((key) => listAt(body, key) !== undefined) ||
    field(body, 'response') !== undefined
  )
}
