// Which alerts hide which: what another one says already need not be told. Pure.
import { parseGlob } from '../../core/glob.ts'
import { BURN_ALERT, EXHAUSTED_ALERT } from '../../slo/rules.ts'
import { PAGE_HIDES_TICKET_BY } from '../rules/stack-rules.ts'
import type { StackInput } from '../stack.ts'
import { hasLabel, toLabel, toMatcher } from './matchers.ts'

export interface Inhibition {
  readonly source_matchers: readonly string[]
  readonly target_matchers: readonly string[]
  readonly equal?: readonly string[]
}

const GATEWAY_DOWN = toMatcher('alert', 'GatewayDown')
const BACKEND_DOWN = 'BackendDown'

export function toInhibitions(input: StackInput): readonly Inhibition[] {
  const { inhibit } = input.config.alerting
  return [
    ...(isAlone(input) ? toOfGateway() : []),
    ...PAGE_HIDES_TICKET_BY.map((label) => ({
      source_matchers: [toMatcher('severity', 'page'), hasLabel(label)],
      target_matchers: [toMatcher('severity', 'ticket'), hasLabel(label)],
      equal: [label],
    })),
    ...toOfSpentBudget(input),
    ...toOfOneBackend(input),
    ...inhibit.map(({ source, target, equal }) => toWritten({ source, target, equal })),
  ]
}

/** Of several gateways one may be down for days, and would hide what the others have to say. */
function isAlone({ target, config }: StackInput): boolean {
  return target !== 'kubernetes' && config.telemetry.metrics.replicas.length <= 1
}

/** What is known through the gateway only. A full disk is not hidden: it may be the reason. */
function toOfGateway(): readonly Inhibition[] {
  return PAGE_HIDES_TICKET_BY.map((label) => ({
    source_matchers: [GATEWAY_DOWN],
    target_matchers: [hasLabel(label)],
  }))
}

/**
 * With one backend, whoever was told that requests fail has heard of it: its own alert comes a minute later. Not where the
 * configuration hides by that alert: of two that hide each other neither is told.
 */
function toOfOneBackend({ config, rules }: StackInput): readonly Inhibition[] {
  const { inhibit } = config.alerting
  const hidesByIt = inhibit.some(({ source }) => source.some((text) => text.includes(BACKEND_DOWN)))
  const promises = rules.objectives.filter(({ indicator }) => indicator.kind === 'availability')
  if (config.gateway.backends.length !== 1 || hidesByIt) return []
  return promises.map(({ name }) => ({
    source_matchers: [toMatcher('severity', 'page'), toMatcher('slo', name)],
    target_matchers: [toMatcher('alert', BACKEND_DOWN)],
  }))
}

/**
 * A promise that is broken, and that it would be soon, are one ticket. Not where only one of them reaches somebody, or the configuration
 * hides the other way round.
 */
function toOfSpentBudget({ config }: StackInput): readonly Inhibition[] {
  const { inhibit, routes = [] } = config.alerting
  const isApart = routes.some(({ alert = '*' }) => {
    const matches = parseGlob(alert)
    return matches(BURN_ALERT) !== matches(EXHAUSTED_ALERT)
  })
  const isReversed = inhibit.some(
    ({ source, target }) => mayMean(source, BURN_ALERT) && mayMean(target, EXHAUSTED_ALERT),
  )
  if (isApart || isReversed) return []
  return [
    {
      source_matchers: [toMatcher('alert', EXHAUSTED_ALERT), hasLabel('slo')],
      target_matchers: [toMatcher('alert', BURN_ALERT), toMatcher('severity', 'ticket'), hasLabel('slo')],
      equal: ['slo'],
    },
  ]
}

function mayMean(conditions: readonly string[], name: string): boolean {
  return conditions.every(
    (text) => !text.startsWith('alert=') || parseGlob(text.slice('alert='.length))(name),
  )
}

interface Written {
  readonly source: readonly string[]
  readonly target: readonly string[]
  readonly equal: readonly string[]
}

function toWritten({ source, target, equal }: Written): Inhibition {
  const guards = equal.map(hasLabel)
  return {
    source_matchers: [...source.map(toCondition), ...guards],
    target_matchers: [...target.map(toCondition), ...guards],
    ...(equal.length === 0 ? {} : { equal: equal.map(toLabel) }),
  }
}

/** `slo=chat-*`, as the schema demands. */
function toCondition(text: string): string {
  const at = text.indexOf('=')
  return toMatcher(text.slice(0, at).trim(), text.slice(at + 1).trim())
}
