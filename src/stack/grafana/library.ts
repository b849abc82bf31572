// Metrics of the process as questions: the client library names them, the catalogue lists them. A name that is not in the list is
// an error of the type checker.
import type { LIBRARY_METRICS } from '../../telemetry/catalogue.ts'

type Names<Type> = {
  [Name in keyof typeof LIBRARY_METRICS]: (typeof LIBRARY_METRICS)[Name] extends Type ? Name : never
}[keyof typeof LIBRARY_METRICS]

export function libraryCounter(name: Names<'counter'>) {
  return { name, type: 'counter', labels: [] as readonly never[] } as const
}

export function libraryGauge(name: Names<'gauge'>) {
  return { name, type: 'gauge', labels: [] as readonly never[] } as const
}
