// Does Prometheus have all of our metrics with their labels, often enough and for long enough?
import { parseRetention } from '../../core/retention.ts'
import { parseDuration, printDuration } from '../../core/units.ts'
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { askData, askTargets, query } from '../ask/prometheus.ts'
import { cut, labelsAt, textAt } from '../ask/json.ts'
import { familiesOf, readMetrics } from '../ask/weir.ts'
import type { Asked, Check } from '../check.ts'
import { fail, ok, skip, warn, type Finding } from '../finding.ts'

const SHOWN = 4
const OWN: ReadonlySet<string> = new Set(Object.values(CATALOGUE).map(({ name }) => name))

export const prometheusMetrics: Check = {
  name: 'prometheus-metrics',
  group: 'prometheus',
  question: 'Does Prometheus keep every metric of the gateway?',
  needs: ['prometheus-target', 'metrics'],
  async ask(asked) {
    const { job } = asked.setup.expected
    const [present, told] = await Promise.all([
      // Of this moment: what was kept until somebody changed the file still stands in lists of names.
      query(asked, `count by (__name__) ({job=${JSON.stringify(job)}})`),
      readMetrics(asked),
    ])
    if (present === undefined || 'failure' in told)
      return skip('this server does not tell which metrics it has')
    const kept = new Set(present.map(({ labels }) => labels['__name__'] ?? ''))
    // Those of the library come and go with what the process does.
    const exposed = readSeries(told.page.text)
    const missing = exposed.names.filter((name) => !kept.has(name))
    if (missing.length > 0) return toMissing(missing, exposed.names.length)
    const lost = await findLost(asked, exposed.labels)
    if (lost.length === 0)
      return ok(`${familiesOf(told.page.text).filter(isOwn).length} metrics of job="${job}"`)
    return fail(`no series has the label ${lost.slice(0, SHOWN).join(', ')} any more`, {
      means: lost.includes('le')
        ? 'Without le no percentile and no objective of latency can be computed'
        : 'Panels and rules that tell series apart by it are empty or wrong',
      fix: `metric_relabel_configs of the job ${job} in prometheus.yml drops it (labeldrop, labelkeep or replace)`,
    })
  },
}

function isOwn(family: string): boolean {
  return OWN.has(family)
}

function toMissing(missing: readonly string[], all: number): Finding {
  const shown = missing.slice(0, SHOWN).join(', ')
  return fail(`${missing.length} of ${all} metrics are exposed and not kept: ${shown}`, {
    means: 'Panels and rules that read them are empty',
    fix: 'metric_relabel_configs of the job in prometheus.yml drops them, or changes their job; after a new version, wait for a scrape',
  })
}

const SERIES = /^(\w+?)(_bucket|_count|_sum)?(?:\{(.*)\})? /
const LABEL = /(\w+)="[^"]/g

/** The names of our series, and of the labels that are not empty on some of them. */
function readSeries(page: string): { readonly names: readonly string[]; readonly labels: readonly string[] } {
  const names = new Set<string>()
  const labels = new Set<string>()
  for (const line of page.split('\n')) {
    const [, family = '', ending = '', inner = ''] = SERIES.exec(line) ?? []
    if (!isOwn(family) && !isOwn(family + ending)) continue
    names.add(family + ending)
    for (const [, label = ''] of inner.matchAll(LABEL)) labels.add(label)
  }
  return { names: [...names], labels: [...labels] }
}

/** Those that no series has now; all of them are asked for at once. */
async function findLost(asked: Asked, labels: readonly string[]): Promise<readonly string[]> {
  const job = JSON.stringify(asked.setup.expected.job)
  const counts = labels.map(
    (label) => `label_replace(count({job=${job},${label}!=""}), "label", "${label}", "", "")`,
  )
  const found = counts.length === 0 ? [] : await query(asked, counts.join(' or '))
  if (found === undefined) return []
  const held = new Set(found.map((series) => series.labels['label']))
  return labels.filter((label) => !held.has(label))
}

/** The shortest window of an alert is five minutes: a rate over it needs two samples. */
const TOO_SELDOM_MS = 150_000
const SELDOM_MS = 60_000

export const prometheusScrape: Check = {
  name: 'prometheus-scrape',
  group: 'prometheus',
  question: 'Is the gateway scraped often enough?',
  needs: ['prometheus-target'],
  async ask(asked) {
    const targets = (await askTargets(asked)) ?? []
    const intervals = targets
      .filter(({ job }) => job === asked.setup.expected.job)
      .flatMap(({ interval }) => parseDuration(interval) ?? [])
    const longest = Math.max(0, ...intervals)
    if (longest === 0) return skip('this server does not tell how often it scrapes')
    const seen = `every ${printDuration(longest)}`
    const fix = 'scrape_interval: 15s for the job in prometheus.yml'
    if (longest > TOO_SELDOM_MS)
      return fail(seen, {
        means: 'A window of five minutes never has two samples: its rules are silent',
        fix,
      })
    return longest > SELDOM_MS
      ? warn(seen, { means: 'What lasts for minutes is seen late, and short windows are coarse', fix })
      : ok(seen)
  },
}

const DAY_MS = 86_400_000
const LONGEST_MONTH_DAYS = 31
/** Where neither time nor size is set, Prometheus keeps fifteen days (its documentation, "Storage"). */
const DEFAULT_RETENTION = '15d'

export const prometheusRetention: Check = {
  name: 'prometheus-retention',
  group: 'prometheus',
  question: 'Does Prometheus keep as long as the longest window of an objective?',
  needs: ['prometheus'],
  async ask(asked) {
    const { slos } = asked.setup.config.serviceLevels
    if (slos.length === 0) return []
    const text = await askRetention(asked)
    if (text === undefined) return skip('this server does not tell how long it keeps')
    const keptMs = parseRetention(text)
    const longest = slos
      .map(({ name, window }) => ({
        name,
        ms: window.kind === 'month' ? LONGEST_MONTH_DAYS * DAY_MS : window.days * DAY_MS,
      }))
      .reduce((left, right) => (right.ms > left.ms ? right : left))
    if (keptMs === undefined) return ok(`keeps by size alone (${cut(text)})`)
    const seen = `keeps ${printDuration(keptMs)}, and the window of ${longest.name} is ${printDuration(longest.ms)}`
    if (keptMs >= longest.ms) return ok(seen)
    const days = Math.ceil(longest.ms / DAY_MS) + RESERVE_DAYS
    return fail(seen, {
      means: `The window is silently one of ${printDuration(keptMs)}: the budget looks better or worse than it is`,
      fix: `start Prometheus with --storage.tsdb.retention.time=${days}d`,
    })
  },
}

/** Blocks are removed whole, and late. */
const RESERVE_DAYS = 5

async function askRetention(asked: Asked): Promise<string | undefined> {
  const runtime = textAt(await askData(asked, '/api/v1/status/runtimeinfo'), 'storageRetention')
  if (runtime !== undefined && runtime !== '') return runtime
  const flags = labelsAt(await askData(asked, '/api/v1/status/flags'))
  const time = flags['storage.tsdb.retention.time']
  if (time !== undefined && !/^0/.test(time)) return time
  return time === undefined ? undefined : DEFAULT_RETENTION
}
