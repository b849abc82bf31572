// Asks how far back a Prometheus remembers: a window longer than that is silently a shorter one.
import { z } from 'zod'
import { parseRetention } from '../../core/retention.ts'
import { parseJson } from './answer.ts'
import type { PrometheusClient } from './client.ts'

const runtime = z.object({ data: z.object({ storageRetention: z.string() }) })
const flags = z.object({ data: z.record(z.string(), z.string()) })

/** Where neither time nor size is set, Prometheus keeps fifteen days (its documentation, "Storage"). */
const DEFAULT_RETENTION_MS = 15 * 86_400_000
const TIME_FLAG = 'storage.tsdb.retention.time'
const SIZE_FLAG = 'storage.tsdb.retention.size'

/**
 * Milliseconds; undefined when it is bounded by size alone, or when nobody says: long-term stores (Thanos, Mimir,
 * VictoriaMetrics) have no such page, and keep more than a Prometheus does.
 */
export async function askRetention(client: PrometheusClient): Promise<number | undefined> {
  // What holds now, also where it was set in the configuration file; older versions have only the flags.
  const said = runtime.safeParse(await fetchJson(client, 'status/runtimeinfo'))
  if (said.success && said.data.data.storageRetention !== '')
    return parseRetention(said.data.data.storageRetention)
  const set = flags.safeParse(await fetchJson(client, 'status/flags'))
  if (!set.success) return undefined
  const time = parseRetention(set.data.data[TIME_FLAG] ?? '')
  if (time !== undefined) return time
  const size = set.data.data[SIZE_FLAG]
  return size === undefined || /^0\D*$/.test(size) ? DEFAULT_RETENTION_MS : undefined
}

async function fetchJson(client: PrometheusClient, path: string): Promise<unknown> {
  const page = await client.page(path)
  return page.ok && page.status === 200 ? parseJson(page.text) : undefined
}
