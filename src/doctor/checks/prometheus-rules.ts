// Are the rules loaded that read our metrics, do they evaluate, and does Prometheus run with the file that was written for it?
import { askData, shownPrometheus } from '../ask/prometheus.ts'
import { cut, field, listAt, textAt } from '../ask/json.ts'
import type { Asked, Check } from '../check.ts'
import { fail, ok, skip, warn, type Finding } from '../finding.ts'

const SHOWN = 4

export const prometheusConfig: Check = {
  name: 'prometheus-config',
  group: 'prometheus',
  question: 'Does Prometheus run with the file that is on its disk?',
  needs: ['prometheus'],
  async ask(asked) {
    const good = field(await askData(asked, '/api/v1/status/runtimeinfo'), 'reloadConfigSuccess')
    if (typeof good !== 'boolean') return []
    if (good) return ok('the configuration that was last read is in force')
    return fail('it refused its configuration when it was last told to read it', {
      means: 'What was changed since, rules too, does nothing; after a restart it would not start',
      fix: `promtool check config prometheus.yml; then curl -X POST ${shownPrometheus(asked)}/-/reload`,
    })
  },
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
    const { ruleGroups, stackGroups } = asked.setup.expected
    const present = ruleGroups.filter((name) => loaded.has(name))
    const missing = ruleGroups.filter((name) => !loaded.has(name))
    if (present.length === 0) return judgeNone(asked, groups.length)
    const own = [...ruleGroups, ...stackGroups]
    const broken = groups.filter((group) => own.includes(textAt(group, 'name') ?? '')).flatMap(brokenRules)
    if (broken.length > 0) {
      return fail(`${broken.length} rules fail: ${broken[0] ?? ''}`, {
        means: 'What they would ring for goes unnoticed',
        fix: `weir stack init writes them anew; ${shownPrometheus(asked)}/rules shows them`,
      })
    }
    if (missing.length > 0) {
      return warn(`groups of rules are missing: ${missing.slice(0, SHOWN).join(', ')}`, {
        means: 'They are older than this configuration: new objectives do not ring',
        fix: 'weir stack init DIR writes them anew; then reload Prometheus',
      })
    }
    return judgeStack(stackGroups, loaded) ?? ok(`${present.length} groups of rules are loaded`)
  },
}

/** Whoever has none of a stack's own groups took the rules of the objectives alone; whoever has some has lost the others. */
function judgeStack(stackGroups: readonly string[], loaded: ReadonlySet<string>): Finding | undefined {
  const missing = stackGroups.filter((name) => !loaded.has(name))
  if (missing.length === 0 || missing.length === stackGroups.length) return undefined
  return warn(
    `${missing.length} of ${stackGroups.length} groups of the stack are missing: ${missing.slice(0, SHOWN).join(', ')}`,
    {
      means: 'Their alerts do not ring; the others of the stack are loaded',
      fix: 'weir stack diff DIR shows which file is gone, weir stack init DIR writes it; then reload Prometheus',
    },
  )
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
