// llama.cpp's own pages, read. Pure. Which of them may be asked for at which moment, and why, is decided here too: some of them
// wake a sleeping model and keep one awake.
import type { ServerLoad } from './server-load.ts'

/** `GET /props` is no task of the server: it neither wakes a model nor counts as use of it (tools/server/README.md, "Sleeping on Idle"). */
export const PROPS_PAGE = '/props'
/** `GET /slots` and `GET /metrics` are tasks, in most versions: they reset the idle timer and reload what was unloaded. */
export const SLOTS_PAGE = '/slots'

export interface LlamaProps {
  readonly slots: number | undefined
  readonly version: string | undefined
  /** Undefined: a version that cannot sleep (before December 2025), or a router, which has no model of its own. */
  readonly isSleeping: boolean | undefined
  readonly isRouter: boolean
}

export function parseProps(text: string): LlamaProps | undefined {
  const props = toFields(parse(text))
  if (props === undefined) return undefined
  const { total_slots: slots, build_info: build, is_sleeping: sleeping, role } = props
  return {
    slots: typeof slots === 'number' && slots >= 0 && Number.isInteger(slots) ? slots : undefined,
    version: typeof build === 'string' ? build : undefined,
    isSleeping: typeof sleeping === 'boolean' ? sleeping : undefined,
    isRouter: role === 'router',
  }
}

/** How many of its slots work. */
export function parseSlots(text: string): ServerLoad | undefined {
  const slots = parse(text)
  if (!Array.isArray(slots) || slots.length === 0) return undefined
  // Versions of 2024 say it by a number.
  const working = (slots as unknown[])
    .map(toFields)
    .filter((slot) => slot?.['is_processing'] === true || slot?.['state'] === 1)
  return { running: working.length, slots: slots.length }
}

export interface LlamaMoment {
  readonly props: LlamaProps
  /** Whether a request of ours is under way there: then the model is awake, and used, whoever else looks. */
  readonly isBusy: boolean
  /** Somebody wrote that its pages may be asked for at any time. */
  readonly isAllowed: boolean
}

export function mayAskForTasks({ props, isBusy, isAllowed }: LlamaMoment): boolean {
  const { isSleeping, isRouter } = props
  // A router passes the question to a model, and loads it for that.
  if (isRouter || isSleeping === true) return false
  return isSleeping === undefined || isBusy || isAllowed
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function toFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}
