// What can be configured about the request store: what is kept, for how long, how much of it, and where. Read here, kept nowhere.
import { z } from 'zod'
import { duration, forms, ratio, readBy, size } from '../config/fields.ts'
import { CONTENT_POLICIES } from '../core/content.ts'
import { Secret } from '../core/secret.ts'
import { redactObject } from './redact/config.ts'

const EXPECT_STORE =
  'expected sqlite, off, or the URL of a PostgreSQL server such as postgres://weir@db.example:5432/weir'

/** Where records are kept. A URL may hold a password: `shown` is without it. */
export type StorePlace =
  | { readonly kind: 'sqlite' }
  | { readonly kind: 'off' }
  | { readonly kind: 'postgres'; readonly secret: Secret; readonly shown: string }

function storePlace() {
  return readBy<StorePlace>((value) => {
    if (value === 'sqlite') return { value: { kind: 'sqlite' } }
    // YAML 1.1 reads `off` as false.
    if (value === 'off' || value === false) return { value: { kind: 'off' } }
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
    if (url === undefined || !isPostgres(url)) return { complaints: [{ path: [], message: EXPECT_STORE }] }
    return { value: { kind: 'postgres', secret: new Secret(url.href), shown: hidePassword(url) } }
  }).register(forms, { form: 'store' })
}

/** A server on a socket file has no host: it is named by the query then, as PostgreSQL's own tools have it. */
function isPostgres({ protocol, hostname, searchParams }: URL): boolean {
  const isSpoken = protocol === 'postgres:' || protocol === 'postgresql:'
  return isSpoken && (hostname !== '' || searchParams.has('host'))
}

const HIDDEN = 'hidden'

function hidePassword(url: URL): string {
  const shown = new URL(url.href)
  if (shown.password !== '') shown.password = HIDDEN
  for (const name of ['password', 'sslpassword']) {
    if (shown.searchParams.has(name)) shown.searchParams.set(name, HIDDEN)
  }
  return shown.href
}

export function printStorePlace(place: StorePlace): string {
  return place.kind === 'postgres' ? place.shown : place.kind
}

/** What is kept for no time is not kept: that is said by `off`. */
const LEAST_KEPT_MS = 60_000
const MOST_KEPT_MS = 3_650 * 86_400_000
/** Each is held in memory while its request is in flight, and its answer with all that surrounds the text. */
const MOST_CONTENT_BYTES = 1_048_576
const LEAST_BYTES = 16 * 1_048_576

const kept = () => duration({ minMs: LEAST_KEPT_MS, maxMs: MOST_KEPT_MS })

export const recordsObject = z.strictObject({
  store: storePlace()
    .prefault('sqlite')
    .describe(
      '`sqlite` keeps records in the file records.db of the data folder, for one gateway. The URL of a PostgreSQL server keeps them where several gateways share them; the password in it is never printed. `off` keeps none.',
    ),
  keep: kept().prefault('7d').describe('How long each record is kept.'),
  maxSize: size({ minBytes: LEAST_BYTES })
    .prefault('10GiB')
    .describe('How large the store may get: the oldest records go when it is larger, whatever `keep` says.'),
  keepMinutes: kept()
    .prefault('35d')
    .describe('How long the counts of each minute are kept that objectives are computed from.'),
  keepHours: kept()
    .prefault('400d')
    .describe('How long the counts of each hour are kept; they stand in where those of minutes are gone.'),
  content: z
    .enum(CONTENT_POLICIES)
    .prefault('none')
    .describe(
      'Of which requests prompt and answer are kept, redacted: of none, of those that failed, of a sample, of all. A key may have its own.',
    ),
  sample: ratio().prefault('1%').describe('The share of requests that `content: sampled` keeps.'),
  contentSize: size({ minBytes: 1_024, maxBytes: MOST_CONTENT_BYTES })
    .prefault('64KiB')
    .describe('How much is kept of a prompt, and how much of an answer. What is longer is cut, and says so.'),
  redact: redactObject
    .prefault({})
    .describe(
      'What is taken out of prompts and answers before they are kept: secrets, and what identifies people.',
    ),
})

export const recordsSchema = {
  records: recordsObject
    .prefault({})
    .describe('What is kept of each request once it is over, for how long, and where.'),
}

export type RecordsSettings = Readonly<z.output<typeof recordsObject>>
