// Rows about backends as the gateways see them: who is well, connections, slots and queues.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { lines, states } from '../graphs.ts'
import { QUARTER, type Panel } from '../panel.ts'
import { toShare, type Ask } from '../query.ts'

const CHOSEN = { backend: '$backend' } as const

export function toBackendRow(ask: Ask): Row {
  return {
    title: 'Backends',
    panels: [
      states({
        title: 'Health',
        description:
          'Whether the backend answered its last probe, to any gateway. Down for everybody is what the alert rings for.',
        queries: [
          {
            expr: ask.gauge('max', CATALOGUE.backendUp, { where: CHOSEN, by: ['backend'] }),
            legend: '{{backend}}',
          },
        ],
        unit: 'none',
        values: { 0: ['down', 'red'], 1: ['up', 'green'] },
      }),
      toCircuits(ask),
      toSuccess(ask),
      ...toPools(ask),
      toSlots(ask),
      toProbe(ask),
    ],
  }
}

/** The states of the breaker as numbers, the worst that any gateway sees. */
function toCircuits(ask: Ask): Panel {
  const inState = (state: string): string =>
    ask.gauge('max', CATALOGUE.backendCircuit, { where: { ...CHOSEN, state }, by: ['backend'] })
  return states({
    title: 'Circuit',
    description:
      'Open: the backend failed so often that it is left alone for a while. Half-open: it is tried with single requests. Of several gateways the worst is shown.',
    queries: [
      {
        expr: `clamp_max(2 * ${inState('open')} + ${inState('half-open')}, 2)`,
        legend: '{{backend}}',
      },
    ],
    unit: 'none',
    values: { 0: ['closed', 'green'], 1: ['half-open', 'yellow'], 2: ['open', 'red'] },
  })
}

function toPools(ask: Ask): readonly Panel[] {
  const inState = (state: string): string =>
    ask.gauge('sum', CATALOGUE.backendPool, { where: { ...CHOSEN, state }, by: ['backend'] })
  return [
    lines({
      title: 'Use of connections',
      description:
        'Share of the open connections to each backend on which a call is under way. Near 1, the next call needs a new connection.',
      queries: [{ expr: toShare(inState('running'), inState('connected')), legend: '{{backend}}' }],
      unit: 'percentunit',
      width: QUARTER,
    }),
    lines({
      title: 'Connections',
      description: 'Open connections by backend, and calls that wait for one (pending).',
      queries: [
        { expr: inState('connected'), legend: '{{backend}} open' },
        { expr: inState('free'), legend: '{{backend}} idle' },
        { expr: inState('pending'), legend: '{{backend}} pending' },
      ],
      unit: 'short',
      width: QUARTER,
    }),
  ]
}

export function toSlots(ask: Ask, width = QUARTER): Panel {
  const inUse = ask.gauge('sum', CATALOGUE.slotsInUse, { where: CHOSEN, by: ['backend'] })
  const limit = ask.gauge('sum', CATALOGUE.slotsLimit, { where: CHOSEN, by: ['backend'] })
  return lines({
    title: 'Use of slots',
    description:
      'Share of the slots of each backend that are taken; at 1 requests wait in the queue. Only backends with a limit (concurrency).',
    queries: [{ expr: `${inUse} / (${limit} > 0)`, legend: '{{backend}}' }],
    unit: 'percentunit',
    max: 1,
    width,
  })
}

function toSuccess(ask: Ask): Panel {
  return lines({
    title: 'Successful calls',
    description:
      'Share of the calls of each backend that succeeded. Callers that left are not counted: they say nothing about a backend.',
    queries: [
      {
        expr: toShare(
          ask.countRate(CATALOGUE.backendCallDuration, {
            where: { ...CHOSEN, status: 'success' },
            by: ['backend'],
          }),
          ask.countRate(CATALOGUE.backendCallDuration, { where: CHOSEN, by: ['backend'] }),
        ),
        legend: '{{backend}}',
      },
    ],
    unit: 'percentunit',
    max: 1,
  })
}

function toProbe(ask: Ask): Panel {
  return lines({
    title: 'Probe',
    description:
      'How long the last probe took, to the gateway that waited longest. It costs the backend nothing: a slow one is busy, or far away.',
    queries: [
      {
        expr: ask.gauge('max', CATALOGUE.backendProbe, { where: CHOSEN, by: ['backend'] }),
        legend: '{{backend}}',
      },
    ],
    unit: 's',
    width: QUARTER,
  })
}
