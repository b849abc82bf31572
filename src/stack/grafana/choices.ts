// What can be chosen above the panels, and the questions that follow the choice. One place for both: a variable that no question
// uses, and a question whose variable is missing, are the same mistake.
import type { Matcher } from '../../slo/promql.ts'
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { NODE } from '../foreign.ts'
import { createAsk, type Ask } from './query.ts'
import { toLabelVariable, toSourceVariable, type Variable } from './variable.ts'

export interface Choices {
  /** Questions about gateways: of the chosen jobs and instances. */
  readonly ask: Ask
  /** Questions about what is scraped elsewhere; nothing is narrowed. */
  readonly askAnywhere: Ask
  /** Questions about what Prometheus itself makes, of this installation. */
  readonly askInstallation: Ask
  readonly installation: readonly Matcher[]
}

const BY_JOB: readonly Matcher[] = [{ label: 'job', operator: '=~', value: '$job' }]
const BY_INSTANCE: readonly Matcher[] = [...BY_JOB, { label: 'instance', operator: '=~', value: '$instance' }]

/** `installation` tells the series of one installation from another's in the same Prometheus. */
export function toChoices(installation: readonly Matcher[]): Choices {
  return {
    ask: createAsk([...BY_INSTANCE, ...installation]),
    askAnywhere: createAsk([]),
    askInstallation: createAsk(installation),
    installation,
  }
}

export const SOURCES: readonly Variable[] = [toSourceVariable('datasource', 'prometheus', 'Prometheus')]
export const SOURCES_WITH_LOG: readonly Variable[] = [...SOURCES, toSourceVariable('loki', 'loki', 'Loki')]

/** A service that only counts requests has no build to tell of: `isGateway` says whose jobs are listed. */
export function toPlaceVariables({ installation }: Choices, isGateway = true): readonly Variable[] {
  const metric = isGateway ? CATALOGUE.buildInfo : CATALOGUE.httpRequests
  const anywhere = createAsk(installation)
  const inJob = createAsk([...BY_JOB, ...installation])
  return [
    toLabelVariable({
      name: 'job',
      label: 'Job',
      description: 'Under which Prometheus scrapes the gateways.',
      series: anywhere.select(metric),
      of: 'job',
    }),
    toLabelVariable({
      name: 'instance',
      label: 'Instance',
      description: 'Single gateways.',
      series: inJob.select(metric),
      of: 'instance',
    }),
  ]
}

export function toModelVariable({ ask }: Choices): Variable {
  return toLabelVariable({
    name: 'model',
    label: 'Model',
    description: 'As the gateway serves them; "other" is what nobody serves.',
    series: ask.select(CATALOGUE.inflightRequests),
    of: 'model',
  })
}

/** Of a service that may be no gateway: by what it says of inference. */
export function toServiceModelVariable({ ask }: Choices): Variable {
  return toLabelVariable({
    name: 'model',
    label: 'Model',
    description: 'By which inference is counted.',
    series: ask.selectCount(CATALOGUE.modelInferenceDuration),
    of: 'model',
  })
}

export function toBackendVariable({ ask }: Choices): Variable {
  return toLabelVariable({
    name: 'backend',
    label: 'Backend',
    description: 'Who answers.',
    series: ask.select(CATALOGUE.backendCircuit),
    of: 'backend',
  })
}

export function toObjectiveVariable({ ask }: Choices): Variable {
  return toLabelVariable({
    name: 'slo',
    label: 'Objective',
    description: 'What is promised.',
    series: ask.select(CATALOGUE.sloObjective),
    of: 'slo',
  })
}

export function toEndpointVariable({ ask }: Choices): Variable {
  return toLabelVariable({
    name: 'endpoint',
    label: 'Endpoint',
    description: 'The matched route.',
    series: ask.select(CATALOGUE.httpRequests),
    of: 'endpoint',
  })
}

export function toNodeVariable({ askAnywhere }: Choices): Variable {
  return toLabelVariable({
    name: 'node',
    label: 'Machine',
    description: 'As node_exporter is scraped there.',
    series: askAnywhere.select(NODE.load),
    of: 'instance',
  })
}
