// What every notifier must do, whatever it speaks to; and what every one must do that speaks HTTP. Kinds subscribe in notifier.test.ts.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import type { Delivery, Message, Notifier } from '../../src/alerting/notifier.ts'
import type { ManualClock } from '../../src/core/clock.ts'
import type { Misbehaviour } from '../support/receivers/fake-service.ts'
import {
  createHostileMessage,
  createLongMessage,
  createMessage,
  EVIL,
  LINK_URL,
  SILENCE,
} from '../support/receivers/messages.ts'
import { until } from '../support/weir.ts'

/** One message as the service took it. */
export interface Taken {
  /** As it crossed the wire. */
  readonly raw: string
  /** All that people read of it. */
  readonly words: string
  /** What the service would act on: pages that links and pictures lead to, people who are named, tags. */
  readonly active: readonly string[]
}

export interface NotifierStage {
  readonly notifier: Notifier
  readonly clock: ManualClock
  /** Whatever must never be seen. */
  readonly secrets: readonly string[]
  arrived(): number
  taken(): readonly Taken[]
  /** How often the service refused by its own rules. */
  refusals(): number
  /** The service says nothing to the next one. */
  hang(): void
  /** The service goes away. */
  leave(): Promise<void>
  close(): Promise<void>
}

export interface HttpStage extends NotifierStage {
  misbehave(how: Misbehaviour): void
}

export interface NotifierTrial<Stage extends NotifierStage = NotifierStage> {
  readonly kind: string
  open(context: TestContext): Promise<Stage>
  /** Of one delivery, as the stage configured it. */
  readonly timeoutMs: number
  /** What names or opens something in a sound message. */
  readonly activeWhenSound: readonly string[]
  /** Whether people read it, so that a cut has to be said. */
  readonly isForPeople: boolean
}

const never = (): AbortSignal => new AbortController().signal

function deliver({ notifier }: NotifierStage, message: Message = createMessage()): Promise<Delivery> {
  return notifier.deliver(message, never())
}

const MARKS_OF_CUT = /The rest was cut|其余部分已截断/

type Case<Stage extends NotifierStage> = (stage: Stage, trial: NotifierTrial<Stage>) => Promise<void>

const CASES: Readonly<Record<string, Case<NotifierStage>>> = {
  'what fires, what is over, a test and a sign of life are taken, in both languages': async (stage) => {
    let count = 0
    for (const language of ['en', 'zh'] as const) {
      for (const kind of ['firing', 'resolved', 'test', 'heartbeat'] as const) {
        const message = createMessage({ language, kind })
        const delivery = await deliver(stage, message)
        assert.equal(delivery.result, 'delivered', inspect(delivery))
        count += 1
        const { words } = stage.taken()[count - 1] ?? assert.fail('nothing arrived')
        for (const said of message.paragraphs.slice(0, 1)) assert.ok(words.includes(said), words)
        if (kind === 'firing') assert.ok(words.includes(SILENCE), words)
        stage.clock.advance(60_000)
      }
    }
    assert.equal(stage.refusals(), 0)
  },
  'a sound message leads where it says, and names only who is configured': async (stage, trial) => {
    assert.equal((await deliver(stage)).result, 'delivered')
    assert.deepEqual(stage.taken()[0]?.active, trial.activeWhenSound)
  },
  'markup, links and names in what others wrote do nothing': async (stage, trial) => {
    const delivery = await deliver(stage, createHostileMessage())
    assert.equal(delivery.result, 'delivered', inspect(delivery))
    const { active, words, raw } = stage.taken()[0] ?? assert.fail('nothing arrived')
    const known = [
      ...trial.activeWhenSound,
      ...active.filter((each) => each.startsWith('https://example.com/')),
    ]
    assert.deepEqual(
      active.filter((each) => !known.includes(each)),
      [],
    )
    assert.ok(active.every((each) => !each.startsWith(`http://${EVIL}`) && !each.startsWith('javascript:')))
    assert.ok(raw.isWellFormed())
    if (!trial.isForPeople) return
    assert.doesNotMatch(
      words,
      /[\u202a-\u202e\u2066-\u2069\u200b\ufeff\u{e0000}-\u{e007f}\u0000\u0007\u001b]/u,
    )
  },
  'a message that is too long is cut between characters, says so, and keeps what matters': async (
    stage,
    trial,
  ) => {
    for (const language of ['en', 'zh'] as const) {
      const message = createLongMessage(language)
      const delivery = await deliver(stage, message)
      assert.equal(delivery.result, 'delivered', inspect(delivery))
      const { words, raw, active } = stage.taken().at(-1) ?? assert.fail('nothing arrived')
      assert.ok(words.includes(message.paragraphs[0] ?? ''), 'the first sentence')
      assert.ok(raw.isWellFormed() && !words.includes('\ufffd'))
      // No character without the one that it changes, and no half of a flag.
      assert.doesNotMatch(words, /\u200d…|[^\u{1f1e6}-\u{1f1ff}]\u{1f1e8}…/u)
      for (const url of active.filter((each) => each.startsWith('http'))) {
        assert.ok(
          message.links.some((link) => link.url === url),
          `a link was cut: ${url}`,
        )
      }
      if (trial.isForPeople) assert.match(words, MARKS_OF_CUT)
      stage.clock.advance(60_000)
    }
    assert.equal(stage.refusals(), 0)
  },
  'a service that says nothing is given up in time, and tried again': async (stage, trial) => {
    stage.hang()
    const delivery = deliver(stage)
    await until(() => stage.arrived() === 1, 'the message')
    stage.clock.advance(trial.timeoutMs)
    const outcome = await delivery
    assert.equal(outcome.result, 'retry')
    assert.match(reasonOf(outcome), /no answer within/)
    assertClean(stage, outcome)
  },
  'a delivery that is cut off settles at once, and is to be tried again': async (stage) => {
    stage.hang()
    const stop = new AbortController()
    const delivery = stage.notifier.deliver(createMessage(), stop.signal)
    await until(() => stage.arrived() === 1, 'the message')
    stop.abort()
    assert.equal((await delivery).result, 'retry')
    const early = await stage.notifier.deliver(createMessage(), AbortSignal.abort())
    assert.equal(early.result, 'retry')
    assert.equal(stage.arrived(), 1)
  },
  'a service that is not there is tried again': async (stage) => {
    await stage.leave()
    const outcome = await deliver(stage)
    assert.equal(outcome.result, 'retry')
    assert.match(reasonOf(outcome), /could not be reached \(ECONNREFUSED\)/)
    assertClean(stage, outcome)
  },
  'no secret is seen by who looks at a notifier': async (stage) => {
    assertClean(stage, await deliver(stage))
  },
}

function reasonOf(delivery: Delivery): string {
  return delivery.result === 'delivered' ? delivery.answer : delivery.reason
}

function assertClean({ notifier, secrets }: NotifierStage, delivery: Delivery): void {
  const seen = [
    JSON.stringify(delivery),
    inspect(delivery),
    inspect(notifier, { depth: 20, showHidden: true }),
  ]
  for (const secret of secrets) {
    assert.ok(secret.length > 3)
    for (const each of seen) {
      assert.ok(!each.includes(secret), `${secret} in ${each}`)
      assert.ok(!each.includes(encodeURIComponent(secret)), `${secret} in ${each}`)
    }
  }
  assert.ok(reasonOf(delivery).length < 400, reasonOf(delivery))
}

const RETRIED = new Set([408, 421, 425, 429])

/** 101 switches protocols and 1xx are no answers; 204 and 304 have no body. */
const STATUSES = Array.from({ length: 400 }, (_, index) => index + 200)

function expectedOf(status: number): Delivery['result'] {
  if (status < 300) return 'delivered'
  return status >= 500 || RETRIED.has(status) ? 'retry' : 'failed'
}

const HTTP_CASES: Readonly<Record<string, Case<HttpStage>>> = {
  'every status above 299 means what it means, wherever it comes from': async (stage) => {
    for (const status of STATUSES.filter((each) => each >= 300)) {
      stage.misbehave({ status, body: 'a page of somebody in between' })
      const delivery = await deliver(stage)
      assert.equal(delivery.result, expectedOf(status), `${status}: ${inspect(delivery)}`)
      assert.match(reasonOf(delivery), new RegExp(`answered ${status}`))
      stage.clock.advance(60_000)
    }
  },
  'whoever says when to come back is believed, within reason': async (stage) => {
    const { clock } = stage
    const cases: readonly (readonly [() => string, number | undefined])[] = [
      [() => '7', 7_000],
      [() => new Date(clock.wall() + 600_000).toUTCString(), 600_000],
      [() => new Date(clock.wall() - 600_000).toUTCString(), 0],
      [() => '999999999', 3_600_000],
      [() => '-1', undefined],
      [() => 'soon', undefined],
    ]
    for (const [value, expectedMs] of cases) {
      stage.misbehave({ status: 503, body: '', headers: { 'retry-after': value() } })
      const delivery = await deliver(stage)
      assert.ok(delivery.result === 'retry')
      assert.equal(delivery.afterMs, expectedMs, value())
      clock.advance(60_000)
    }
  },
  'redirects are not followed': async (stage) => {
    for (const status of [301, 302, 303, 307, 308]) {
      const arrived = stage.arrived()
      stage.misbehave({ status, body: '', headers: { location: `${LINK_URL}` } })
      const delivery = await deliver(stage)
      assert.equal(delivery.result, 'failed')
      assert.match(reasonOf(delivery), /redirects are not followed/)
      assert.equal(stage.arrived(), arrived + 1)
      stage.clock.advance(60_000)
    }
  },
  'what a service quotes of secrets is not passed on': async (stage) => {
    stage.misbehave('echo')
    const delivery = await deliver(stage)
    assert.equal(delivery.result, 'failed', inspect(delivery))
    assertClean(stage, delivery)
  },
  'an answer that breaks off is none': async (stage) => {
    stage.misbehave('break')
    const delivery = await deliver(stage)
    assert.equal(delivery.result, 'retry')
    assertClean(stage, delivery)
  },
  'an answer without end is not read to its end': async (stage) => {
    stage.misbehave({ status: 500, body: 'x'.repeat(5_000_000) })
    assert.ok(reasonOf(await deliver(stage)).length < 400)
  },
  'the service is never asked more often than it takes': async (stage) => {
    const { rate } = stage.notifier
    if (rate === undefined) return
    let sent = 0
    for (let step = 0; step < rate.messages * 12; step += 1) {
      const delivery = await deliver(stage)
      if (delivery.result === 'delivered') {
        sent += 1
        continue
      }
      assert.ok(delivery.result === 'retry' && delivery.afterMs !== undefined && delivery.afterMs > 0)
      assert.equal(stage.arrived(), sent, 'a message that may not be sent is not sent')
      stage.clock.advance(delivery.afterMs)
    }
    assert.ok(sent > rate.messages, `only ${sent} were sent`)
    assert.equal(stage.refusals(), 0)
  },
}

function run<Stage extends NotifierStage>(
  trial: NotifierTrial<Stage>,
  cases: Readonly<Record<string, Case<Stage>>>,
): void {
  for (const [title, play] of Object.entries(cases)) {
    test(`${trial.kind}: ${title}`, async (context) => {
      const stage = await trial.open(context)
      try {
        await play(stage, trial)
      } finally {
        await stage.notifier.close()
        await stage.close()
      }
    })
  }
}

export function describeNotifier(trial: NotifierTrial): void {
  run(trial, CASES)
}

export interface HttpTrial extends NotifierTrial<HttpStage> {
  /** Numbers in the body of a 200, for services that say everything there. */
  readonly inBody?: readonly (readonly [body: string, result: Delivery['result'], afterMs?: number])[]
}

export function describeHttpNotifier(trial: HttpTrial): void {
  run(trial, { ...CASES, ...HTTP_CASES })
  for (const [body, result, afterMs] of trial.inBody ?? []) {
    test(`${trial.kind}: a 200 with ${body} is ${result}`, async (context) => {
      const stage = await trial.open(context)
      try {
        stage.misbehave({ status: 200, body })
        const delivery = await deliver(stage)
        assert.equal(delivery.result, result, inspect(delivery))
        if (delivery.result === 'retry') assert.equal(delivery.afterMs, afterMs)
      } finally {
        await stage.notifier.close()
        await stage.close()
      }
    })
  }
}
