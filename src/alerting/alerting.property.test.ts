// Whatever comes in whatever order: who is told of something is told once that it is over, and nobody is told of the end of
// what they never heard of.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Alert } from '../core/alert.ts'
import {
  MINUTE_MS,
  toBurn,
  toDown,
  toExhausted,
  toReceiver,
  toRoute,
  toTestPolicy,
} from './fixtures/alerts.ts'
import { createAlertWorld, SLOW_PACE, type AlertWorld } from './fixtures/world.ts'
import type { Delivery, Message } from './notifier.ts'

const PAGE = toBurn()
const SPENT = toExhausted()

const ALERTS: readonly Alert[] = [
  PAGE,
  toBurn({ severity: 'ticket' }),
  toBurn({ slo: 'other' }),
  toDown('a'),
  toDown('b'),
  SPENT,
]

const holding = fc.option(fc.subarray(ALERTS.map((_, at) => at)), { nil: undefined, freq: 6 })

type Event =
  | { readonly what: 'run'; readonly minutes: number; readonly holds: readonly number[] | undefined }
  | { readonly what: 'restart'; readonly how: 'orderly' | 'crash' }
  | { readonly what: 'receiver'; readonly name: 'oncall' | 'team'; readonly answers: Answers }
  | { readonly what: 'store'; readonly isDown: boolean }

type Answers = 'well' | 'retry' | 'failed' | 'hanging'

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('run' as const),
      minutes: fc.constantFrom(0.25, 0.5, 1, 3, 7),
      holds: holding,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('restart' as const),
      how: fc.constantFrom('orderly' as const, 'crash' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('receiver' as const),
      name: fc.constantFrom('oncall' as const, 'team' as const),
      answers: fc.constantFrom<Answers>('well', 'retry', 'failed', 'hanging'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('store' as const), isDown: fc.boolean() }) },
)

const ANSWERS: Readonly<Record<Answers, Delivery | undefined>> = {
  well: undefined,
  retry: { result: 'retry', reason: 'status 503', afterMs: undefined },
  failed: { result: 'failed', reason: 'status 404' },
  hanging: undefined,
}

function toWorld(): AlertWorld {
  const policy = toTestPolicy({
    receivers: [toReceiver('oncall'), toReceiver('team')],
    routes: [
      toRoute({ matchers: [{ key: 'severity', pattern: 'page' }], to: ['oncall'], continues: true }),
      toRoute({ to: ['team'] }),
    ],
    // Alerts about alerting itself are another story.
    watchdog: { afterMs: 1_000_000 * MINUTE_MS, beat: undefined },
  })
  return createAlertWorld({ policy })
}

async function happen(world: AlertWorld, entry: Event): Promise<void> {
  if (entry.what === 'run') {
    const alerts = entry.holds?.map((at) => ALERTS[at]!)
    await world.run(entry.minutes * MINUTE_MS, () => alerts)
  } else if (entry.what === 'restart') {
    // What a crash takes while nothing can be written is gone; that is tested by itself.
    await world.restart(world.documents.isDown ? 'orderly' : entry.how)
  } else if (entry.what === 'store') world.documents.isDown = entry.isDown
  else heal(world, entry.name, entry.answers)
}

function heal(world: AlertWorld, name: string, answers: Answers): void {
  const receiver = world.receivers[name]!
  receiver.always = ANSWERS[answers]
  receiver.isHanging = answers === 'hanging'
}

const LATE = /could not be delivered while it lasted/

/** What a receiver believes, from what it was told; complains of what it could not understand. */
function believe(messages: readonly Message[], complain: (what: string) => void): ReadonlySet<string> {
  const believed = new Set<string>()
  for (const message of messages) {
    if (message.kind === 'firing') believed.add(message.key)
    else if (!believed.delete(message.key) && !LATE.test(message.text)) {
      complain(`told the end of what it had not heard of: ${message.title}`)
    }
  }
  return believed
}

function isHiddenBy({ name, severity }: Alert, holding: readonly Alert[]): boolean {
  const hiding = name === 'SloBudgetBurn' ? [PAGE, SPENT] : [PAGE]
  return severity === 'ticket' && hiding.some((each) => holding.includes(each))
}

test('whatever happens, everybody hears of what fires and, once and afterwards, that it is over', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 16 }), holding, async (events, last) => {
      const world = toWorld()
      // A restart while nothing can be written goes on from what was true before: it is right again after a repeat.
      let hadStoreTrouble = false
      for (const entry of events) {
        hadStoreTrouble ||= world.documents.isDown && entry.what === 'restart'
        await happen(world, entry)
      }
      world.documents.isDown = false
      for (const name of ['oncall', 'team']) heal(world, name, 'well')
      // Long enough for every pause there is.
      const finally_ = (last ?? []).map((at) => ALERTS[at]!)
      await world.run(40 * MINUTE_MS, () => finally_, SLOW_PACE)
      for (const [name, { got }] of Object.entries(world.receivers)) {
        const complaints: string[] = []
        const believed = believe(got, (what) => complaints.push(what))
        if (!hadStoreTrouble) assert.deepEqual(complaints, [], name)
        for (const alert of finally_) {
          if (
            isHiddenBy(alert, finally_) ||
            hadStoreTrouble ||
            (name === 'oncall' && alert.severity !== 'page')
          )
            continue
          const isBelieved = [...believed].some((key) => key.startsWith(`${alert.severity} ${alert.name}`))
          assert.ok(isBelieved, `${name} does not know of ${alert.name}`)
        }
      }
      await world.run(90 * MINUTE_MS, () => [], SLOW_PACE)
      for (const [name, { got }] of Object.entries(world.receivers)) {
        const believed = believe(got, () => undefined)
        if (!hadStoreTrouble) assert.deepEqual([...believed], [], `${name} still believes`)
      }
    }),
    { numRuns: 60 },
  )
})
