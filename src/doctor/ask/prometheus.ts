// A Prometheus as its own HTTP API shows it: questions of its status, and instant queries. Never rejects.
import type { Asked } from '../check.ts'
import { shownUrl, type Told } from './asker.ts'
import { cut, field, labelsAt, listAt, parseJson, textAt } from './json.ts'

export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export function prometheusUrl({ setup }: Asked): string {
  return (setup.options.places.prometheus ?? '').replace(/\/+$/, '')
}

export function shownPrometheus(asked: Asked): string {
  return shownUrl(prometheusUrl(asked))
}

/** User and password stay with the address; what is asked is below it. */
export function under(url: string, path: string): string {
  const base = new URL(url)
  const [pathname = '', search = ''] = path.split('?')
  base.pathname = `${base.pathname.replace(/\/+$/, '')}${pathname}`
  base.search = search
  return base.href
}

export function askPrometheus(asked: Asked, path: string): Promise<Told> {
  return asked.asker.ask({ url: under(prometheusUrl(asked), path) })
}

/** The `data` of an answer; undefined when there is none. */
export async function askData(asked: Asked, path: string): Promise<unknown> {
  return dataOf(await askPrometheus(asked, path))
}

export function dataOf(told: Told): unknown {
  if (!('page' in told) || told.page.status !== 200) return undefined
  const body = parseJson(told.page.text)
  return textAt(body, 'status') === 'success' ? field(body, 'data') : undefined
}

export async function query(asked: Asked, promql: string): Promise<readonly Series[] | undefined> {
  return seriesOf(await askData(asked, `/api/v1/query?${new URLSearchParams({ query: promql }).toString()}`))
}

export function seriesOf(data: unknown): readonly Series[] | undefined {
  return listAt(data, 'result')?.map((entry) => ({
    labels: labelsAt(entry, 'metric'),
    value: Number(listAt(entry, 'value')?.[1]),
  }))
}

export interface Target {
  readonly job: string
  readonly scrapeUrl: string
  readonly health: string
  readonly lastError: string
  /** As Prometheus writes it: `15s`; empty where an older one does not say. */
  readonly interval: string
}

export async function askTargets(asked: Asked): Promise<readonly Target[] | undefined> {
  const data = await askData(asked, '/api/v1/targets?state=active')
  return listAt(data, 'activeTargets')?.map((entry) => ({
    job: labelsAt(entry, 'labels')['job'] ?? '',
    scrapeUrl: textAt(entry, 'scrapeUrl') ?? '',
    health: textAt(entry, 'health') ?? 'unknown',
    lastError: cut(textAt(entry, 'lastError') ?? ''),
    interval: textAt(entry, 'scrapeInterval') ?? '',
  }))
}
