// What is played to threshold rules in generated tests, and what must be seen of it.
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { badRatioOf, isEnough } from '../burn-rate.ts'
import type { BackendRule, GaugeRule, RequestRule, ThresholdRule } from '../threshold-rule.ts'
import { MINUTE_MS } from '../windows/config.ts'
import type { RuleOptions } from './rule.ts'
import {
  DOWN_AT_MINUTE,
  DOWN_MINUTES,
  everyMinute,
  heldFor,
  toCounters,
  toExpectations,
  toOutage,
  toScraped,
  type InputSeries,
  type Part,
} from './test-parts.ts'
import { sumOfTape, TAPE_MINUTES } from './test-tape.ts'
import { GAUGE_METRICS } from './threshold-rules.ts'

export function toThresholdPart(rule: ThresholdRule, options: RuleOptions): Part {
  switch (rule.kind) {
    case 'requests':
      return toRequestPart(rule, options)
    case 'backend-down':
      return toBackendPart(rule, options)
    case 'gauge':
      return toGaugePart(rule, options)
  }
}

function toRequestPart(rule: RequestRule, options: RuleOptions): Part {
  const perMinute = rule.minEvents + rule.minBadEvents
  const holds = everyMinute((end) => {
    const sum = sumOfTape(perMinute, end, rule.overMinutes)
    return isEnough(sum, rule) && (badRatioOf(sum) ?? 0) > rule.limitRatio
  })
  return {
    series: toCounters(rule.counted.name, perMinute, options),
    expectations: toExpectations(toLabels(rule), heldFor(holds, rule.forMs)),
  }
}

function toBackendPart(rule: BackendRule, options: RuleOptions): Part {
  const backend = rule.backend.replaceAll('*', rule.name)
  const holds = everyMinute((end) => end >= DOWN_AT_MINUTE && end < DOWN_AT_MINUTE + DOWN_MINUTES)
  return {
    series: [
      {
        series: toScraped(CATALOGUE.backendUp.name, { backend }, options),
        values: toOutage(DOWN_AT_MINUTE, DOWN_MINUTES),
      },
    ],
    expectations: toExpectations({ ...toLabels(rule), backend }, heldFor(holds, rule.forMs)),
  }
}

/**
 * Nothing is in use, then much more than the rule allows, then nothing again. Several rules may read the same: each is played at a
 * gateway of its own name.
 */
function toGaugePart(rule: GaugeRule, options: RuleOptions): Part {
  const { gauge, above, overMs, name } = rule
  const high = 2 * above + 1
  const overMinutes = Math.max(1, Math.floor(overMs / MINUTE_MS))
  const isDown = (end: number): boolean => end >= DOWN_AT_MINUTE && end < DOWN_AT_MINUTE + DOWN_MINUTES
  const holds = everyMinute((end) => {
    const samples = Array.from({ length: Math.min(overMinutes, end + 1) }, (_, ago) => end - ago)
    return (high * samples.filter(isDown).length) / samples.length > above
  })
  const instance = `gateway-of-${name}`
  const play = (metric: string, values: string): InputSeries => ({
    series: toScraped(metric, { instance }, options),
    values,
  })
  return {
    series: [
      play(GAUGE_METRICS[gauge].name, toOutage(DOWN_AT_MINUTE, DOWN_MINUTES, [0, high])),
      ...(gauge === 'gpuMemory' ? [play(CATALOGUE.gpuMemoryTotal.name, `1x${TAPE_MINUTES}`)] : []),
    ],
    expectations: toExpectations({ ...toLabels(rule), instance }, heldFor(holds, rule.forMs)),
  }
}

/** No objective of its own: `slo` must be absent. */
function toLabels({ alert, severity, name }: ThresholdRule): Readonly<Record<string, string>> {
  return { alertname: alert, severity, rule: name, slo: '' }
}
