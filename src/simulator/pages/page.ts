// A page that asks no model: what it is given, what it gives back.

import type { JsonObject } from '../json.ts'
import type { ServerKind } from '../profile.ts'
import type { Site } from '../site.ts'

export interface PageRequest {
  /** The part of the path after the page's own, decoded: the id of /v1/models/{id}. */
  readonly rest: string
  readonly query: URLSearchParams
  readonly body: JsonObject
  /** True if the request carries `anthropic-version`. */
  readonly fromAnthropic: boolean
}

export interface PageAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface Page {
  readonly method: 'GET' | 'POST'
  /** Ends with a slash if the page takes a rest. */
  readonly path: string
  readonly kinds: readonly ServerKind[]
  render(site: Site, request: PageRequest): PageAnswer
}

export function toJsonAnswer(body: unknown, status = 200): PageAnswer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}

export function toTextAnswer(body: string, status = 200): PageAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body }
}
