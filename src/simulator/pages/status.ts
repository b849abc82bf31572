// How the pretend server says that it is well: Ollama's greeting and version, vLLM's version, /health, llama.cpp's /slots and /props.

import { LOADING_BODY } from '../faults-instead.ts'
import type { Site } from '../site.ts'
import { type Page, toJsonAnswer, toTextAnswer } from './page.ts'

const greeting: Page = {
  method: 'GET',
  path: '/',
  kinds: ['ollama'],
  render: (site) =>
    toTextAnswer(site.profile.kind === 'ollama' ? 'Ollama is running' : 'the Weir simulator is running'),
}

const version: Page = {
  method: 'GET',
  path: '/api/version',
  kinds: ['ollama'],
  render: (site) => toJsonAnswer({ version: site.profile.version }),
}

/** vLLM has its own beside the one of its API. */
const plainVersion: Page = { ...version, path: '/version', kinds: ['vllm'] }

const health: Page = {
  method: 'GET',
  path: '/health',
  kinds: ['vllm', 'llamacpp'],
  render: (site) => {
    if (site.profile.kind !== 'llamacpp') return toTextAnswer('')
    // llama.cpp has one model, so a load means that it cannot serve at all.
    return site.engine.isLoading
      ? { ...toJsonAnswer({}, 503), body: LOADING_BODY }
      : toJsonAnswer({ status: 'ok' })
  },
}

function toSlots(site: Site): Record<string, unknown>[] {
  const { running } = site.engine
  const slots = Math.max(site.profile.slots, running, 1)
  return Array.from({ length: slots }, (_, id) => ({
    id,
    n_ctx: 32_768,
    speculative: false,
    is_processing: id < running,
  }))
}

const slots: Page = {
  method: 'GET',
  path: '/slots',
  kinds: ['llamacpp'],
  render: (site, { query }) => {
    const list = toSlots(site)
    const full = list.every((slot) => slot['is_processing'] === true)
    if (!full || query.get('fail_on_no_slot') !== '1') return toJsonAnswer(list)
    return toJsonAnswer(
      { error: { code: 503, message: 'no slot available', type: 'unavailable_error' } },
      503,
    )
  },
}

/** Of all that is there, what does not depend on the model. */
const props: Page = {
  method: 'GET',
  path: '/props',
  kinds: ['llamacpp'],
  render: (site) =>
    toJsonAnswer({
      total_slots: toSlots(site).length,
      build_info: site.profile.version,
      is_sleeping: false,
    }),
}

export const statusPages: readonly Page[] = [greeting, version, plainVersion, health, slots, props]
