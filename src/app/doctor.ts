// What the doctor is given of the gateway's own subjects: how backends are addressed, how messages are sent, what is expected
// of a Prometheus. The questions are its own (doctor/).
import type { Config } from '../config/resolve.ts'
import type { Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'
import { systemMachine } from '../doctor/ask/machine.ts'
import type { Expected, Hands, Options, Row, Setup } from '../doctor/check.ts'
import { CHECKS } from '../doctor/checks.ts'
import { diagnose, type Answer, type Progress } from '../doctor/run.ts'
import { backendSchema } from '../gateway/config.ts'
import { toBackendCredential } from '../gateway/http/headers.ts'
import { joinPath, toBasePath } from '../gateway/routing/base-path.ts'
import { openSession } from '../records/postgres/session.ts'
import { toServiceLevels } from '../slo/resolve.ts'
import { toRules } from '../slo/rules.ts'
import { GATEWAY_JOB } from '../stack/places.ts'
import { toStackRules } from '../stack/rules/stack-rules.ts'
import { STACK_TARGETS } from '../stack/stack.ts'
import { testReceiver } from './alert-desk.ts'
import { isOllama, OLLAMA_URL } from './default-backends.ts'
import { toStackInput } from './stack.ts'

export interface DoctorQuestion {
  readonly config: Config
  readonly options: Options
  readonly only: readonly string[]
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

interface Tools {
  readonly clock: Clock
  readonly ids: Ids
}

export async function askDoctor(question: DoctorQuestion, tools: Tools): Promise<readonly Answer[]> {
  const { only, onProgress } = question
  return diagnose({ checks: CHECKS, setup: await createSetup(question, tools), only, onProgress })
}

export async function createSetup(
  { config, options }: Pick<DoctorQuestion, 'config' | 'options'>,
  tools: Tools,
): Promise<Setup> {
  const { backends } = config.gateway
  return {
    ...{ config, options, clock: tools.clock, machine: systemMachine },
    backends: backends.length === 0 ? await findUsual() : backends,
    expected: toExpected(config),
    hands: createHands(config, tools),
  }
}

/** What a gateway takes for which nobody named a backend, before it turns to the simulator. */
async function findUsual() {
  if (!(await isOllama(OLLAMA_URL))) return []
  return [backendSchema.parse({ name: 'ollama', url: OLLAMA_URL, kind: 'ollama' })]
}

function toExpected(config: Config): Expected {
  const { objectives, rules } = toServiceLevels(config.serviceLevels)
  const { file } = toRules({
    ...{ objectives, thresholds: rules },
    options: { job: GATEWAY_JOB, labels: {}, matchers: {} },
  })
  const ruleGroups = file.groups.map(({ name }) => name)
  return {
    job: GATEWAY_JOB,
    ruleGroups,
    stackGroups: toStackGroups(config).filter((name) => !ruleGroups.includes(name)),
    alerts: file.groups.flatMap((group) =>
      group.rules.flatMap((rule) => ('alert' in rule ? [{ ...rule.labels, alertname: rule.alert }] : [])),
    ),
  }
}

/** Those of every target: for which one a stack was made is not known here. */
function toStackGroups(config: Config): readonly string[] {
  const [first = [], ...others] = STACK_TARGETS.map((target) =>
    toStackRules(toStackInput(config, { target, version: '' })).flatMap(({ rules }) =>
      rules.groups.map(({ name }) => name),
    ),
  )
  return first.filter((name) => others.every((names) => names.includes(name)))
}

const CONNECT_MS = 2_000
const ANSWER_MS = 5_000

function createHands(config: Config, tools: Tools): Hands {
  return {
    reach(backend) {
      const base = toBasePath(backend.url, backend.kind)
      return {
        urlFor: (path) => new URL(joinPath(base, path), backend.url).href,
        headers: { ...toBackendCredential(backend), ...(backend.kind === 'anthropic' ? ANTHROPIC : {}) },
      }
    },
    async deliver(receiver) {
      const tested = await testReceiver({ config, receiver }, tools)
      if ('known' in tested) throw new TypeError(`no receiver is called ${receiver}`)
      return tested
    },
    async askPostgres(statements) {
      const { store } = config.records
      if (store.kind !== 'postgres') throw new TypeError('records are not kept in PostgreSQL')
      const session = openSession(
        {
          ...{ url: store.secret.reveal(), shown: store.shown, connections: 1 },
          ...{ connectMs: CONNECT_MS, answerMs: ANSWER_MS },
        },
        tools.clock,
      )
      try {
        return await session.run(async (ask) => {
          const rows: (readonly Row[])[] = []
          let leastMs = Number.POSITIVE_INFINITY
          for (const statement of statements) {
            const startedMs = tools.clock.now()
            rows.push(await ask(statement))
            leastMs = Math.min(leastMs, tools.clock.now() - startedMs)
          }
          return { rows, leastMs }
        })
      } finally {
        await session.close()
      }
    },
  }
}

/** Anthropic's API wants its version with every question. */
const ANTHROPIC = { 'anthropic-version': '2023-06-01' }
