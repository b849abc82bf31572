// Every page, in one list. To add one: its file, and a line here.

import { cataloguePages } from './catalogue.ts'
import { controlPages } from './control.ts'
import { metricsPages } from './metrics.ts'
import type { Page } from './page.ts'
import { statusPages } from './status.ts'

const pages: readonly Page[] = [...statusPages, ...cataloguePages, ...metricsPages, ...controlPages]

const exact: ReadonlyMap<string, Page> = new Map(pages.map((page) => [`${page.method} ${page.path}`, page]))
const withRest = pages.filter((page) => page.path.length > 1 && page.path.endsWith('/'))

/** HEAD is answered as GET; Node leaves out the body. */
export function findPage(method: string, path: string): { page: Page; rest: string } | undefined {
  const verb = method === 'HEAD' ? 'GET' : method
  const page = exact.get(`${verb} ${path}`)
  if (page !== undefined) return { page, rest: '' }
  const longer = withRest.find((candidate) => candidate.method === verb && path.startsWith(candidate.path))
  return longer === undefined ? undefined : { page: longer, rest: path.slice(longer.path.length) }
}
