// What only somebody outside can see: that a gateway itself is gone.
import { equals, toSelector } from '../promql.ts'
import { toMatchers } from './recorded.ts'
import { EVALUATE_EVERY, type RuleGroup, type RuleOptions } from './rule.ts'

export const GATEWAY_DOWN_ALERT = 'GatewayDown'

/** Two scrapes of a minute may fail while a gateway starts anew. */
const DOWN_FOR = '2m'

export function toGatewayGroup({ job, labels, matchers }: RuleOptions): RuleGroup {
  const up = toSelector('up', [equals('job', job), ...toMatchers(matchers)])
  return {
    name: 'weir-gateway',
    interval: EVALUATE_EVERY,
    rules: [
      {
        alert: GATEWAY_DOWN_ALERT,
        // One that was scraped and does not answer, or none that is scraped at all.
        expr: `${up} == 0 or absent(${up})`,
        for: DOWN_FOR,
        labels: { ...labels, ...matchers, severity: 'page' },
        annotations: {
          summary: 'The gateway {{ $labels.instance }} of job {{ $labels.job }} does not answer Prometheus',
          description:
            'It is down, or it cannot be reached from here: no request through it can be counted on.',
        },
      },
    ],
  }
}
