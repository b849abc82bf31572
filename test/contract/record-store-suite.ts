// What every store of records must do, wherever it keeps them. Implementations subscribe in *.test.ts beside this file.
// What a filter, a quantile and a sum mean is said once more, and plainly, in record-store-oracle.ts.
import { test } from 'node:test'
import { COUNT_CASES } from './record-store-counts.ts'
import { DOCUMENT_CASES } from './record-store-documents.ts'
import { KEEPING_CASES } from './record-store-keeping.ts'
import { QUERY_CASES } from './record-store-queries.ts'
import type { OpenStage } from './record-store-stage.ts'

export function describeRecordStore(name: string, open: OpenStage): void {
  const cases = { ...KEEPING_CASES, ...QUERY_CASES, ...COUNT_CASES, ...DOCUMENT_CASES }
  for (const [title, run] of Object.entries(cases)) {
    test(`${name}: ${title}`, async (context) => {
      const stage = await open(context)
      if (stage === undefined) return
      try {
        await run(stage)
      } finally {
        await stage.close()
      }
    })
  }
}
