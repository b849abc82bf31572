// What all notifiers that speak HTTP have in common: the budget, one POST, what its status says, and that no secret gets out. A
// kind adds what it posts and what the answers of its service mean.
import type { Secret } from '../../../core/secret.ts'
import type { Delivery, DeliveryRate, Message, Notifier, NotifierTools } from '../../notifier.ts'
import { createAgent } from './agent.ts'
import { createBudget } from './budget.ts'
import { post, type HttpAnswer, type Post } from './post.ts'
import { createScrub, type Scrub } from './scrub.ts'

export interface HttpService {
  readonly kind: string
  /** As people call it. */
  readonly name: string
  /** The first one is told to the pipeline. */
  readonly rates: readonly DeliveryRate[]
  readonly refreshMs?: number
  toPost(message: Message): Post
  /**
   * What an answer means where its status alone does not say it: of a robot that says 200 to everything. Undefined leaves it to
   * the status.
   */
  judge(answer: HttpAnswer, say: Scrub): Delivery | undefined
}

export interface HttpReceiver {
  /** Of one delivery, milliseconds. */
  readonly timeout: number
  /** Whatever must not be shown. */
  readonly secrets: readonly (Secret | undefined)[]
}

export function createHttpNotifier(
  service: HttpService,
  { timeout, secrets }: HttpReceiver,
  { clock }: NotifierTools,
): Notifier {
  const agent = createAgent()
  const budget = createBudget(service.rates, clock)
  const say = createScrub(secrets.flatMap((secret) => secret?.reveal() ?? []))
  return {
    kind: service.kind,
    rate: service.rates[0],
    ...(service.refreshMs === undefined ? {} : { refreshMs: service.refreshMs }),
    async deliver(message, signal) {
      const waitMs = budget.take()
      if (waitMs !== undefined)
        return { result: 'retry', reason: `${service.name} takes no more messages yet`, afterMs: waitMs }
      const answer = await post(service.toPost(message), { agent, clock, timeoutMs: timeout, signal })
      if (answer.kind === 'answer') return judge(service, answer, say)
      const reason = `${service.name} ${answer.reason}`
      return answer.final ? { result: 'failed', reason } : { result: 'retry', reason, afterMs: undefined }
    },
    async close() {
      await agent.destroy()
    },
  }
}

function judge(service: HttpService, answer: HttpAnswer, say: Scrub): Delivery {
  return service.judge(answer, say) ?? byStatus(service.name, answer, say)
}

/** RFC 9110 15.5.9 and 15.5.21, RFC 8470 5.2, RFC 6585 4: refused now, perhaps not later. */
const PASSING: ReadonlySet<number> = new Set([408, 421, 425, 429])

function byStatus(name: string, { status, retryAfterMs, text }: HttpAnswer, say: Scrub): Delivery {
  const words = say(text)
  const said = words === '' ? '' : `: ${words}`
  if (status >= 200 && status < 300) return { result: 'delivered', answer: `${name} answered ${status}` }
  if (status >= 300 && status < 400)
    return { result: 'failed', reason: `${name} answered ${status}, and redirects are not followed` }
  const reason = `${name} answered ${status}${said}`
  if (status >= 500 || PASSING.has(status)) return { result: 'retry', reason, afterMs: retryAfterMs }
  return { result: 'failed', reason }
}
