// How the URL of a backend and one of our paths make the path that is asked for. Pure.
import type { BackendKind } from '../config.ts'

/** `versioned` stands in front of what follows `/v1` in our paths, `plain` in front of every other path. */
export interface BasePath {
  readonly plain: string
  readonly versioned: string
}

/** The version of an API in its URL: Gemini's `v1beta`, Zhipu's `v4`. */
const VERSION = /\/v\d+(?:(?:alpha|beta)\d*)?(?=\/|$)/

const OUR_VERSION = '/v1'

/**
 * A URL may end with `/v1` or not: people write both. A URL of kind `openai` with a version of its own is what clients of
 * OpenAI are given: its version stands for ours. Other kinds are servers whose paths are known: their URL is their root.
 */
export function toBasePath(url: string, kind: BackendKind): BasePath {
  const path = new URL(url).pathname.replace(/\/$/, '')
  const plain = path.endsWith(OUR_VERSION) ? path.slice(0, -OUR_VERSION.length) : path
  const isWhole = kind === 'openai' && plain === path && VERSION.test(path)
  return { plain, versioned: isWhole ? path : plain + OUR_VERSION }
}

/** Ours to the backend's. The query comes along. */
export function joinPath({ plain, versioned }: BasePath, path: string): string {
  return path.startsWith(`${OUR_VERSION}/`) ? versioned + path.slice(OUR_VERSION.length) : plain + path
}
