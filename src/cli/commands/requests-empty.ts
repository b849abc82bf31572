// Why a search found nothing, when it is because of a name that nobody has: which ones there are, or which was probably meant.
import { findNearest } from '../../config/nearest.ts'
import type { Group, RecordFilter, RecordStore } from '../../records/store.ts'
import { toPrintable } from '../../records/read/width.ts'

const NAMES = ['model', 'backend', 'key', 'tenant', 'endpoint'] as const satisfies readonly (Group &
  keyof RecordFilter)[]
const MOST_LISTED = 8

/** One sentence for each such name; none when the names are right and only nothing fits them all. */
export async function explainNothing(store: RecordStore, filter: RecordFilter): Promise<readonly string[]> {
  const { sinceMs, untilMs } = filter
  const sentences: string[] = []
  for (const name of NAMES) {
    const asked = filter[name]
    if (asked === undefined || asked.includes('*')) continue
    const rows = await store.aggregate({
      filter: { sinceMs, untilMs },
      ...{ measure: 'duration', quantiles: [], by: [name] },
    })
    const known = rows.flatMap(({ group }) => group[name] ?? [])
    if (!known.includes(asked)) sentences.push(explainName(name, asked, known))
  }
  return sentences
}

function explainName(name: string, asked: string, known: readonly string[]): string {
  const [near] = findNearest(asked, known)
  const lead = `no request of this time has the ${name} ${toPrintable(asked)}`
  if (near !== undefined) return `${lead}; did you mean ${toPrintable(near)}?`
  if (known.length === 0) return lead
  const more = known.length > MOST_LISTED ? ', …' : ''
  return `${lead}; there are: ${known.slice(0, MOST_LISTED).map(toPrintable).join(', ')}${more}`
}
