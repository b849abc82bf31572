// Puts the questions: side by side where none waits for another, each bounded in time, and none whose answer a failure has
// already given. One cause, one failure: what depends on it is said not to have been asked.
import { createAsker, type Asker } from './ask/asker.ts'
import type { Asked, Check, GroupName, Setup } from './check.ts'
import { hideSecrets, secretsOf } from './secrets.ts'
import { fail, skip, STATUSES, type Finding, type Status } from './finding.ts'

/** The answer to one question about one subject. */
export interface Answer extends Finding {
  readonly check: string
  readonly group: GroupName
  /** Empty where there is only one. */
  readonly subject: string
}

/** What follows from a question that was not asked need not be said. */
interface Found extends Finding {
  readonly isImplied?: true
  /** Not asked because of what was found here. */
  readonly blockedBy?: Instance
}

export interface Progress {
  readonly done: number
  readonly all: number
  /** What is still being asked. */
  readonly waiting: readonly string[]
}

export interface Round {
  readonly checks: readonly Check[]
  readonly setup: Setup
  /** Names of checks or groups; empty: all. */
  readonly only: readonly string[]
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** Most questions take milliseconds; this is for who does not answer. */
const PATIENCE_MS = 8_000
/** Whoever waits longer than this thinks that the doctor is ill. */
const WHOLE_MS = 28_000

interface Instance {
  readonly check: Check
  readonly subject: string
}

export async function diagnose(round: Round): Promise<readonly Answer[]> {
  const { setup, checks } = round
  const wanted = withNeeded(checks, round.only)
  const instances = wanted.flatMap((check) =>
    (check.subjects?.(setup) ?? ['']).map((subject): Instance => ({ check, subject })),
  )
  const asker = createAsker(setup.clock)
  try {
    const answers = await putAll({ ...round, instances, asker })
    const secrets = secretsOf(setup)
    return answers.map((answer) => hideSecrets(answer, secrets))
  } finally {
    await asker.close()
  }
}

/** `--only` names checks or whole groups; a subject may stand behind a colon. */
function isWanted({ check: { name, group }, subject }: Instance, only: readonly string[]): boolean {
  if (only.length === 0) return true
  return only.some((each) => [name, group, `${name}:${subject}`, `${group}:${subject}`].includes(each))
}

function withNeeded(checks: readonly Check[], only: readonly string[]): readonly Check[] {
  if (only.length === 0) return checks
  const needed = new Set<string>()
  // Backwards: a check comes behind all that it needs.
  for (const check of checks.toReversed()) {
    const isNamed = only.some((name) => [check.name, check.group].includes(name.split(':')[0] ?? ''))
    if (!isNamed && !needed.has(check.name)) continue
    for (const name of [check.name, ...(check.needs ?? []), ...(check.after ?? [])]) needed.add(name)
  }
  return checks.filter(({ name }) => needed.has(name))
}

interface Work extends Round {
  readonly instances: readonly Instance[]
  readonly asker: Asker
}

async function putAll(work: Work): Promise<readonly Answer[]> {
  const { instances, setup, onProgress } = work
  const startedMs = setup.clock.now()
  const ended = new Map<Instance, Promise<readonly Found[]>>()
  const statuses = new Map<Instance, Status>()
  const waiting = new Set<Instance>(instances)
  for (const instance of instances) {
    const put = putOne(instance, { ...work, startedMs, ended, statuses }).then((findings) => {
      statuses.set(instance, worst(findings))
      waiting.delete(instance)
      const names = [...waiting].map(({ check, subject }) => `${check.name} ${subject}`.trim())
      onProgress?.({ done: instances.length - names.length, all: instances.length, waiting: names })
      return findings
    })
    ended.set(instance, put)
  }
  const found = await Promise.all(instances.flatMap((instance) => ended.get(instance) ?? []))
  const wanted = instances.map((instance) => isWanted(instance, work.only))
  // What was asked for the sake of others is told where it is the cause of something.
  const causes = new Set(
    found.flatMap((each, at) => (wanted[at] === true ? each.map(({ blockedBy }) => blockedBy) : [])),
  )
  return instances.flatMap((instance, at) => {
    if (wanted[at] !== true && !causes.has(instance)) return []
    return (found[at] ?? []).flatMap((each) => toAnswer(instance, each))
  })
}

function toAnswer({ check, subject }: Instance, found: Found): readonly Answer[] {
  const { isImplied, blockedBy: _, ...finding } = found
  return isImplied === true ? [] : [{ check: check.name, group: check.group, subject, ...finding }]
}

interface Course extends Work {
  readonly startedMs: number
  readonly ended: ReadonlyMap<Instance, Promise<readonly Found[]>>
  readonly statuses: ReadonlyMap<Instance, Status>
}

async function putOne(instance: Instance, course: Course): Promise<readonly Found[]> {
  const { check, subject } = instance
  const { setup, ended, statuses } = course
  const before = (names: readonly string[]): Instance[] => [...ended.keys()].filter(isOf(names, subject))
  const needed = before(check.needs ?? [])
  await Promise.all([...needed, ...before(check.after ?? [])].flatMap((each) => ended.get(each) ?? []))
  const broken = needed.filter((each) => ['fail', 'skip'].includes(statuses.get(each) ?? 'ok'))
  const blocked = await Promise.all(broken.map((each) => toBlocked(each, course)))
  // Not wished for goes before not possible.
  const reason = blocked.find(({ isImplied }) => isImplied) ?? blocked[0]
  if (reason !== undefined) return [reason]
  const asked: Asked = {
    ...{ setup, subject, asker: course.asker, clock: setup.clock },
    statusOf: (name, of = subject) => {
      const found = [...statuses].filter(([each]) => isOf([name], of)(each)).map(([, status]) => status)
      return STATUSES.toReversed().find((status) => found.includes(status) && status !== 'skip') ?? found[0]
    },
  }
  const patienceMs = check.patienceMs?.(setup) ?? PATIENCE_MS
  const leftMs = Math.max(1, startedLeft(course) + Math.max(0, patienceMs - PATIENCE_MS))
  return within(check, asked, Math.min(patienceMs, leftMs))
}

function startedLeft({ startedMs, setup }: Course): number {
  return WHOLE_MS - (setup.clock.now() - startedMs)
}

/** Of the same subject; a check without that subject stands for all of them. */
function isOf(names: readonly string[], subject: string): (instance: Instance) => boolean {
  return (each) =>
    names.includes(each.check.name) && (each.subject === subject || each.subject === '' || subject === '')
}

/** The first cause: what was itself not asked for a failure passes that on; what was not wished for is not said twice. */
async function toBlocked(broken: Instance, { ended, statuses }: Course): Promise<Found> {
  const { check } = broken
  if (statuses.get(broken) === 'fail')
    return { ...skip(check.blocks ?? `${check.name} failed`), blockedBy: broken }
  const [finding] = (await ended.get(broken)) ?? []
  const { seen = 'not asked: it waits for another', blockedBy } = finding ?? {}
  if (blockedBy === undefined) return { ...skip(seen), isImplied: true }
  return { ...skip(seen.slice(NOT_ASKED.length)), blockedBy }
}

const NOT_ASKED = 'not asked: '

async function within(check: Check, asked: Asked, limitMs: number): Promise<readonly Finding[]> {
  const { promise: late, resolve } = Promise.withResolvers<Finding>()
  const stop = asked.clock.after(limitMs, () =>
    resolve(
      fail(`no answer to this question within ${Math.round(limitMs / 1_000)} s`, {
        means: 'What was asked accepts connections and does not go on',
      }),
    ),
  )
  try {
    const found = await Promise.race([check.ask(asked), late])
    return Array.isArray(found) ? (found as readonly Finding[]) : [found as Finding]
  } catch (thrown) {
    const what = thrown instanceof Error ? thrown.name : 'an unknown error'
    return [
      fail(`this question could not be put (${what})`, {
        means: 'That is a mistake of Weir: please report it',
      }),
    ]
  } finally {
    stop()
  }
}

/** Nothing found is nothing wrong. */
export function worst(findings: readonly Finding[]): Status {
  const found = new Set(findings.map(({ status }) => status))
  if (found.has('fail')) return 'fail'
  if (found.has('warn')) return 'warn'
  return found.has('ok') || found.size === 0 ? 'ok' : 'skip'
}
