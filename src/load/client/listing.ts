// Which model a load asks when nobody named one: the only one there that writes. Asks for the list alone, and loads nothing.
import { request } from 'undici'
import type { Clock } from '../../core/clock.ts'
import type { Secret } from '../../core/secret.ts'
import { isWritingModel } from '../../core/writing-models.ts'
import { toFields, toItems, toText, type Api } from '../apis/api.ts'
import { connectionOf } from './connection.ts'
import { messageOf } from './connection-failure.ts'
import type { Target } from './target.ts'

export type Chosen = { readonly model: string } | { readonly complaint: string }

export interface Listing {
  readonly target: Target
  readonly api: Api
  readonly key: Secret | undefined
  readonly clock: Pick<Clock, 'after'>
}

const ANSWER_MS = 10_000
const SHOWN = 8

export async function chooseModel({ target, api, key, clock }: Listing): Promise<Chosen> {
  const path = `${target.basePath}${api.listPath}`
  const connection = connectionOf(target)
  const late = new AbortController()
  const stop = clock.after(ANSWER_MS, () => late.abort(new Error(`no answer in ${ANSWER_MS / 1_000} s`)))
  try {
    const answer = await request(`${target.origin}${path}`, {
      ...{ dispatcher: connection, signal: late.signal, headers: api.toHeaders(key?.reveal()) },
    })
    const text = await answer.body.text()
    if (answer.statusCode !== OK) return { complaint: refusal(target, answer.statusCode) }
    return choose(readNames(text), target)
  } catch (thrown) {
    const why = thrown instanceof Error ? messageOf(thrown) : 'it failed'
    return { complaint: `--model: ${target.shown} does not tell its models: ${why}` }
  } finally {
    stop()
    await connection.destroy()
  }
}

const OK = 200

function refusal({ shown }: Target, status: number): string {
  const hint = status === 401 || status === 403 ? ' or give a key with --key-env' : ''
  return `--model: ${shown} does not tell its models (HTTP ${status}): name one${hint}`
}

/** OpenAI and Anthropic call them `data` with an `id`, Ollama `models` with a `name`. */
function readNames(text: string): readonly string[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return []
  }
  const { data, models } = toFields(body)
  const names = [
    ...toItems(data).map((entry) => toText(toFields(entry)['id'])),
    ...toItems(models).map((entry) => toText(toFields(entry)['name'])),
  ]
  return [...new Set(names.flatMap((name) => name ?? []))]
}

function choose(names: readonly string[], { shown }: Target): Chosen {
  const writing = names.filter(isWritingModel)
  const [only] = writing
  if (only !== undefined && writing.length === 1) return { model: only }
  if (only === undefined) return { complaint: `--model: ${shown} lists no model that writes; name one` }
  const more = writing.length > SHOWN ? ` and ${writing.length - SHOWN} more` : ''
  return {
    complaint: `--model: which one? ${shown} has ${writing.slice(0, SHOWN).join(', ')}${more}`,
  }
}
