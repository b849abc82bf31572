// What the rules of a stack are made from, out of what somebody writes in weir.yaml.
import { toServiceLevels } from '../../../src/slo/resolve.ts'
import type { RuleOptions } from '../../../src/slo/rules.ts'
import { toPlaces } from '../../../src/stack/places.ts'
import type { StackInput, StackTarget } from '../../../src/stack/stack.ts'
import { toConfig, type Written } from '../../support/weir.ts'

export interface StackChoice {
  readonly target?: StackTarget
  readonly options?: Partial<RuleOptions>
}

export function toStackInput(
  written: Written,
  { target = 'compose', options }: StackChoice = {},
): StackInput {
  const config = toConfig(written)
  const levels = toServiceLevels(config.serviceLevels)
  const places = toPlaces(target, config)
  return {
    ...{ target, config, places },
    rules: {
      objectives: levels.objectives,
      thresholds: levels.rules,
      options: { job: places.job, labels: {}, matchers: {}, ...options },
    },
    version: '0.1.0',
  }
}

const GAUGES = ['gpuMemory', 'gpuUtilization', 'gpuTemperature', 'hostMemory', 'hostCpu', 'hostDisk'] as const

/** Nothing is promised and nothing watched: what we watch by ourselves is there. */
export const PLAIN: Written = {
  backends: [{ name: 'ollama', url: 'http://127.0.0.1:11434', kind: 'ollama' }],
}

/** Everything is promised and watched. */
export const FULL: Written = {
  ...PLAIN,
  slos: [
    { name: 'available', sli: 'availability', objective: '99.5%', noData: '45m' },
    { name: 'quick', sli: { firstToken: '2s' }, objective: '95%', window: 'month' },
  ],
  alerts: {
    rules: [
      { name: 'slow-p95', measure: 'duration', above: '3s' },
      { name: 'errors', measure: 'errors', above: '1%' },
      { name: 'gone', measure: 'backendDown', severity: 'page' },
      { name: 'gone-for-long', measure: 'backendDown', match: { backend: 'olla*' }, for: '10m' },
      ...GAUGES.map((gauge) => ({
        name: gauge.toLowerCase(),
        measure: gauge,
        above: gauge === 'gpuTemperature' ? 85 : '90%',
      })),
    ],
  },
}
