// Panels about the process itself: memory, CPU, and whether its one thread keeps up.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { libraryCounter, libraryGauge } from '../library.ts'
import { lines } from '../graphs.ts'
import { QUARTER, type Panel } from '../panel.ts'
import type { Ask } from '../query.ts'

export function toMemory(ask: Ask, width = QUARTER): Panel {
  return lines({
    title: 'Memory of the process',
    description:
      'Memory that the process holds (resident), and the part of it that objects take (heap). A heap that only ever grows is a leak.',
    queries: [
      { expr: ask.select(libraryGauge('process_resident_memory_bytes')), legend: '{{instance}} resident' },
      { expr: ask.select(libraryGauge('nodejs_heap_size_used_bytes')), legend: '{{instance}} heap' },
    ],
    unit: 'bytes',
    width,
  })
}

export function toCpu(ask: Ask, width = QUARTER): Panel {
  return lines({
    title: 'CPU of the process',
    description:
      'Processors in use: 1 is one of them all the time. Requests share one thread, so a gateway near 1 is full.',
    queries: [
      {
        expr: ask.rate(libraryCounter('process_cpu_seconds_total'), { by: ['instance'] }),
        legend: '{{instance}}',
      },
    ],
    unit: 'percentunit',
    width,
  })
}

export function toConnections(ask: Ask, width = QUARTER): Panel {
  return lines({
    title: 'Open connections',
    description: 'Connections of callers, idle ones included.',
    queries: [{ expr: ask.select(CATALOGUE.activeConnections), legend: '{{instance}}' }],
    unit: 'short',
    width,
  })
}

export function toProcessRow(ask: Ask): Row {
  return {
    title: 'Gateway process',
    panels: [
      toMemory(ask),
      toCpu(ask),
      lines({
        title: 'Event loop',
        description:
          'How late timers of the process ran. Above 0.1 s everything waits for the thread: it has too much to do, or the machine has.',
        queries: [
          { expr: ask.select(CATALOGUE.eventLoopDelay, { stat: 'p99' }), legend: '{{instance}} P99' },
          { expr: ask.select(CATALOGUE.eventLoopDelay, { stat: 'max' }), legend: '{{instance}} longest' },
        ],
        unit: 's',
        width: QUARTER,
      }),
      toConnections(ask),
    ],
  }
}
