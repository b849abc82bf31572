// Does Grafana answer, does its data source, and do the queries of our dashboards match anything?
import { shownUrl, type Told } from '../ask/asker.ts'
import { mendFailure } from '../ask/failure.ts'
import { cut, field, listAt, parseJson, textAt } from '../ask/json.ts'
import { dataOf, seriesOf, under } from '../ask/prometheus.ts'
import { selectorsOf, type Selector } from '../ask/selectors.ts'
import type { Asked, Check } from '../check.ts'
import { fail, ok, skip, warn, type Finding } from '../finding.ts'
import { skipWithout } from './elsewhere.ts'

function askGrafana({ setup, asker }: Asked, path: string): Promise<Told> {
  const { places, grafanaToken } = setup.options
  const headers =
    grafanaToken === undefined ? undefined : { authorization: `Bearer ${grafanaToken.reveal()}` }
  return asker.ask({ url: under(places.grafana ?? '', path), headers })
}

export const grafana: Check = {
  name: 'grafana',
  group: 'grafana',
  question: 'Does Grafana answer?',
  blocks: 'Grafana does not answer',
  async ask(asked) {
    const { grafana: url } = asked.setup.options.places
    if (url === undefined) return skipWithout(asked, 'grafana')
    const shown = shownUrl(url)
    const told = await askGrafana(asked, '/api/health')
    if ('failure' in told) {
      return fail(`${shown}: ${told.failure.text}`, {
        means: 'Nobody sees a dashboard',
        fix: mendFailure(told.failure, url) ?? 'systemctl start grafana-server; or correct --grafana',
      })
    }
    const body = parseJson(told.page.text)
    const database = textAt(body, 'database')
    if (database === undefined) {
      return fail(`${shown} is no Grafana: /api/health is answered with ${told.page.status}`, {
        means: 'Nobody sees a dashboard there',
        fix: 'give its address with its path, where it has one: --grafana https://HOST/grafana',
      })
    }
    if (database !== 'ok')
      return fail(`${shown} answers, and its database does not (${cut(database)})`, {
        means: 'It shows nothing',
        fix: 'look into its log',
      })
    return ok(`${shown} answers, version ${textAt(body, 'version') ?? 'unknown'}`)
  },
}

interface Source {
  readonly uid: string
  readonly name: string
  readonly type: string
}

/** Undefined when this login may not see them. */
async function askSources(asked: Asked): Promise<readonly Source[] | number> {
  const told = await askGrafana(asked, '/api/datasources')
  if ('failure' in told) return 0
  if (told.page.status !== 200) return told.page.status
  const entries = parseJson(told.page.text)
  return (Array.isArray(entries) ? (entries as unknown[]) : []).map((entry) => ({
    uid: textAt(entry, 'uid') ?? '',
    name: textAt(entry, 'name') ?? '',
    type: textAt(entry, 'type') ?? '',
  }))
}

const LOGIN = 'GRAFANA_TOKEN=… weir doctor …, or --grafana http://USER:PASSWORD@HOST:3000'

export const grafanaSource: Check = {
  name: 'grafana-source',
  group: 'grafana',
  question: 'Does its data source answer?',
  needs: ['grafana'],
  blocks: 'its data source does not answer',
  async ask(asked) {
    const sources = await askSources(asked)
    if (typeof sources === 'number') {
      const { grafanaToken, places } = asked.setup.options
      const isGiven = grafanaToken !== undefined || new URL(places.grafana ?? '').username !== ''
      if (!isGiven) return skip('its data sources want a login', LOGIN)
      return fail(`it refuses the login that was given (${sources})`, {
        means: 'Its data sources cannot be seen',
        fix: LOGIN,
      })
    }
    const ours = sources.filter(({ type }) => type === 'prometheus')
    if (ours.length === 0) {
      return fail('it has no data source of type prometheus', {
        means: 'Every panel says "No data"',
        fix: 'weir stack init writes provisioning/datasources; or Connections → Data sources → Prometheus',
      })
    }
    return Promise.all(ours.map((source) => judgeSource(asked, source)))
  },
}

async function judgeSource(asked: Asked, { uid, name }: Source): Promise<Finding> {
  const told = await askGrafana(asked, `/api/datasources/uid/${encodeURIComponent(uid)}/health`)
  const body = 'page' in told ? parseJson(told.page.text) : undefined
  if ('page' in told && told.page.status === 200 && textAt(body, 'status') === 'OK')
    return ok(`${cut(name)} answers`)
  const why = 'page' in told ? (textAt(body, 'message') ?? `status ${told.page.status}`) : told.failure.text
  return fail(`${cut(name)} does not answer: ${cut(why)}`, {
    means: 'Every panel that reads it is empty',
    fix: 'correct its URL as Grafana reaches it: in a container 127.0.0.1 is the container itself; http://prometheus:9090 in compose',
  })
}

/** Put on every dashboard of ours, and a good word for others to put on theirs. */
const TAG = 'weir'
const MOST_DASHBOARDS = 20
const SHOWN = 3

export const grafanaDashboards: Check = {
  name: 'grafana-dashboards',
  group: 'grafana',
  question: 'Do the queries of the dashboards match something?',
  needs: ['grafana-source'],
  async ask(asked) {
    const sources = await askSources(asked)
    const source = typeof sources === 'number' ? undefined : sources.find(({ type }) => type === 'prometheus')
    const listed = parseJson(textOf(await askGrafana(asked, `/api/search?type=dash-db&tag=${TAG}`)))
    const uids = (Array.isArray(listed) ? (listed as unknown[]) : []).flatMap(
      (each) => textAt(each, 'uid') ?? [],
    )
    if (source === undefined) return skip('no data source can be asked')
    if (uids.length === 0) {
      return warn(`it has no dashboard with the tag ${TAG}`, {
        means: 'There is nothing to look at, or it was imported without its tag',
        fix: 'weir stack init DIR writes dashboards and their provisioning',
      })
    }
    const judged = uids.slice(0, MOST_DASHBOARDS).map((uid) => judgeDashboard(asked, { uid, source }))
    return Promise.all(judged)
  },
}

function textOf(told: Told): string {
  return 'page' in told ? told.page.text : ''
}

interface Panel {
  readonly title: string
  readonly expressions: readonly string[]
}

/** Rows that are folded have their panels inside. */
function panelsOf(dashboard: unknown): readonly Panel[] {
  return (listAt(dashboard, 'panels') ?? []).flatMap((panel) => [
    ...panelsOf(panel),
    {
      title: textAt(panel, 'title') ?? 'a panel',
      expressions: (listAt(panel, 'targets') ?? []).flatMap((target) => textAt(target, 'expr') ?? []),
    },
  ])
}

async function judgeDashboard(
  asked: Asked,
  { uid, source }: { readonly uid: string; readonly source: Source },
): Promise<Finding> {
  const body = parseJson(textOf(await askGrafana(asked, `/api/dashboards/uid/${encodeURIComponent(uid)}`)))
  const dashboard = field(body, 'dashboard')
  const title = cut(textAt(dashboard, 'title') ?? uid)
  const panels = panelsOf(dashboard)
  const judged = await Promise.all(
    panels.flatMap(({ title: panel, expressions }) =>
      expressions.flatMap(selectorsOf).map(async (selector) => {
        const why = await whyEmpty(asked, { selector, source })
        return why === undefined ? [] : [`${cut(panel)}: ${why}`]
      }),
    ),
  )
  const empty = [...new Set(judged.flat())]
  const queries = panels.reduce((sum, { expressions }) => sum + expressions.length, 0)
  if (empty.length === 0) return ok(`${title}: ${queries} queries, each selects something`)
  const remedy = {
    means: 'Those panels are empty, whatever happens',
    fix: `correct the labels (job="${asked.setup.expected.job}"), or write the dashboard anew: weir stack init DIR`,
  }
  const seen = `${title}: ${empty.slice(0, SHOWN).join('; ')}${empty.length > SHOWN ? `; and ${empty.length - SHOWN} more` : ''}`
  return judged.every((each) => each.length > 0) ? fail(seen, remedy) : warn(seen, remedy)
}

/** What is selected, not what is computed of it: nothing over a threshold is as it should be. */
async function whyEmpty(
  asked: Asked,
  { selector: { name, matchers }, source }: { readonly selector: Selector; readonly source: Source },
): Promise<string | undefined> {
  const has = async (text: string): Promise<boolean | undefined> => {
    const parameters = new URLSearchParams({ query: `count(${text})` }).toString()
    const path = `/api/datasources/proxy/uid/${encodeURIComponent(source.uid)}/api/v1/query?${parameters}`
    const series = seriesOf(dataOf(await askGrafana(asked, path)))
    return series === undefined ? undefined : series.length > 0
  }
  if ((await has(name + matchers)) !== false) return undefined
  if (matchers === '' || (await has(name)) === false) return `nobody exposes ${name}`
  return `${name} is there, but not with ${matchers}`
}
