// Every situation has one cause that was put into it; the gateway is asked what it says, and must be right nearly always.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SITUATIONS, STALLS } from './situations.ts'
import { startStreet, type Street } from './street.ts'
import type { Situation } from './ways.ts'

/** What is promised of verdicts. */
const RIGHT_RATIO = 0.95
/** At once, so that no situation is disturbed by the work for the others. */
const AT_ONCE = 8

let street: Street

before(async () => {
  street = await startStreet()
})

after(() => street.stop())

interface Answer {
  readonly situation: Situation
  readonly isRight: boolean
  readonly told: string
}

async function judge(situation: Situation, index: number): Promise<Answer> {
  const { record, verdict } = await situation.run(street, `situation-${index}`)
  const isRight = verdict.cause === situation.cause && situation.text?.test(verdict.text) !== false
  const phases = Object.entries(record.phases).filter(([, ms]) => ms >= 1)
  const spent = phases.map(([name, ms]) => `${name} ${Math.round(ms)}`).join(', ')
  return { situation, isRight, told: `${verdict.cause}: ${verdict.text} (${spent}; ${record.code ?? 'ok'})` }
}

async function judgeAll(situations: readonly Situation[], atOnce: number): Promise<Answer[]> {
  const answers: Answer[] = []
  const left = [...situations.entries()]
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      answers.push(await judge(next[1], next[0] + answers.length * 1_000))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return answers
}

test('the verdict names the cause that was put in, in at least 95 % of all situations', async (t) => {
  const answers = [...(await judgeAll(SITUATIONS, AT_ONCE)), ...(await judgeAll(STALLS, 1))]
  const right = answers.filter(({ isRight }) => isRight).length
  for (const { situation, isRight, told } of answers)
    if (!isRight)
      t.diagnostic(
        `WRONG ${situation.name}: expected ${situation.cause} ${situation.text ?? ''}, got ${told}`,
      )
  t.diagnostic(`${right} of ${answers.length} verdicts are right`)
  assert.ok(answers.length >= 40)
  assert.ok(right / answers.length >= RIGHT_RATIO, `${right} of ${answers.length} verdicts are right`)
})
