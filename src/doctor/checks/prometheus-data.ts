// Does Prometheus have all of our metrics, often enough, for long enough, and the rules that read them?
import { parseDuration, printDuration } from '../../core/units.ts'
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { askData, askTargets, shownPrometheus } from '../ask/prometheus.ts'
import { cut, field, labelsAt, listAt, textAt } from '../ask/json.ts'
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
    const match = new URLSearchParams({ 'match[]': `{job="${job}"}` }).toString()
    const [names, told] = await Promise.all([
      askData(asked, `/api/v1/label/__name__/values?${match}`),
      readMetrics(asked),
    ])
    if (!Array.isArray(names) || 'failure' in told)
      return skip('this server does not tell which metrics it has')
    const kept = new Set(names.map(String))
    const isKept = (family: string): boolean => kept.has(family) || kept.has(`${family}_count`)
    // Those of the library come and go with what the process does; a family without a series is on the page by its head alone.
    const exposed = familiesOf(told.page.text).filter(
      (family) => OWN.has(family) && hasSeries(told.page.text, family),
    )
    const missing = exposed.filter((family) => !isKept(family))
    if (missing.length === 0) return ok(`${exposed.length} metrics of job="${job}"`)
    const shown = missing.slice(0, SHOWN).join(', ')
    return fail(`${missing.length} of ${exposed.length} metrics are exposed and not kept: ${shown}`, {
      means: 'Panels and rules that read them are empty',
      fix: 'metric_relabel_configs of the job in prometheus.yml drops them; after a new version, wait for a scrape',
    })
  },
}

function hasSeries(page: string, family: string): boolean {
  return page.includes(`\n${family}{`) || page.includes(`\n${family} `) || page.includes(`\n${family}_count`)
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

const YEARS = /^(\d+)y/

/** `15d`, `1y2w`, `30d or 10GiB`; undefined for a size alone. */
export function parseRetention(text: string): number | undefined {
  const [time = ''] = text.split(' or ')
  const years = Number(YEARS.exec(time)?.[1] ?? 0)
  const rest = time.replace(YEARS, '')
  const restMs = rest === '' ? 0 : parseDuration(rest)
  if (restMs === undefined) return undefined
  const totalMs = years * 365 * DAY_MS + restMs
  return totalMs > 0 ? totalMs : undefined
}

export const prometheusRules: Check = {
  name: 'prometheus-rules',
  group: 'prometheus',
  question: 'Are the rules of this configuration loaded, and do they evaluate?',
  needs: ['prometheus'],
  async ask(asked) {
    const groups = listAt(await askData(asked, '/api/v1/rules'), 'groups')
    if (groups === undefined) return skip('this server does not tell its rules')
    const loaded = new Set(groups.map((group) => textAt(group, 'name') ?? ''))
    const { ruleGroups } = asked.setup.expected
    const present = ruleGroups.filter((name) => loaded.has(name))
    const missing = ruleGroups.filter((name) => !loaded.has(name))
    if (present.length === 0) return judgeNone(asked, groups.length)
    const broken = groups
      .filter((group) => ruleGroups.includes(textAt(group, 'name') ?? ''))
      .flatMap(brokenRules)
    if (broken.length > 0) {
      return fail(`${broken.length} rules fail: ${broken[0] ?? ''}`, {
        means: 'What they would ring for goes unnoticed',
        fix: `weir stack init writes them anew; ${shownPrometheus(asked)}/rules shows them`,
      })
    }
    if (missing.length === 0) return ok(`${present.length} groups of rules are loaded`)
    return warn(`groups of rules are missing: ${missing.slice(0, SHOWN).join(', ')}`, {
      means: 'They are older than this configuration: new objectives do not ring',
      fix: 'weir stack init DIR writes them anew; then reload Prometheus',
    })
  },
}

function judgeNone(asked: Asked, others: number): Finding {
  const seen = `none of the rules of this configuration are loaded (${others} groups of others)`
  const fix =
    'weir stack init DIR; rule_files: [DIR/prometheus/rules/*.yml] in prometheus.yml, then reload it'
  // Either of the two is to ring, not both.
  if (asked.setup.config.alerting.receivers.length > 0) return ok(`${seen}: the gateway rings by itself`)
  return fail(seen, { means: 'Neither Prometheus nor the gateway (no alerts.receivers) tells anybody', fix })
}

function brokenRules(group: unknown): readonly string[] {
  return (listAt(group, 'rules') ?? []).flatMap((rule) => {
    if (field(rule, 'health') !== 'err') return []
    return [`${textAt(rule, 'name') ?? ''}: ${cut(textAt(rule, 'lastError') ?? '')}`]
  })
}
