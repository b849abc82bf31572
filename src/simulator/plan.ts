// Decides the whole answer before its first token: text, reasoning, tool calls, where it ends. Knows no dialect and no time.

import type { FaultSet } from './fault-set.ts'
import { answerAsGuard, isGuardModel } from './guard.ts'
import type { Ask, Plan, PlannedCall, PlannedChoice, Step, Tool } from './job.ts'
import { toList, toObject, toText } from './json.ts'
import { createRandom, pickWords, type Random } from './words.ts'

/** The prompt as one text: what is counted, and what decides the words of the answer. */
export function toPrompt(ask: Ask): string {
  const { turns } = ask
  if (turns.length === 1) return turns[0]?.text ?? ''
  return turns.map((turn) => turn.text).join('\n')
}

interface Piece {
  readonly kind: Step['kind']
  readonly text: string
  readonly call: PlannedCall | undefined
}

export interface PlanSettings {
  readonly seed: number
  readonly outputTokens: number
  readonly faults: FaultSet
}

const plainPlans = new Map<string, Plan>()
const MOST_PLAIN_PLANS = 256

const noPlan: Plan = { choices: [], steps: [], reasoningTokens: 0 }

/** A value that fits a JSON schema well enough to be parsed by whoever offered the tool. */
function inventArgument(schema: unknown, random: Random): unknown {
  const { type, enum: choices, properties, items } = toObject(schema)
  if (Array.isArray(choices) && choices.length > 0) return choices[0] as unknown
  if (type === 'number' || type === 'integer') return Math.floor(random() * 100)
  if (type === 'boolean') return random() < 0.5
  if (type === 'array') return [inventArgument(items, random)]
  if (type === 'object') {
    const entries = Object.entries(toObject(properties))
    return Object.fromEntries(entries.map(([key, value]) => [key, inventArgument(value, random)]))
  }
  return pickWords(random, 2).join('').trim()
}

function planCalls(tools: readonly Tool[], count: number, random: Random): PlannedCall[] {
  return Array.from({ length: count }, (_, index) => {
    const tool = tools[index % tools.length]
    const id = `call_${Math.floor(random() * 0xffffffff)
      .toString(16)
      .padStart(8, '0')}`
    const args = inventArgument({ ...tool?.parameters, type: 'object' }, random)
    return { index, id, name: tool?.name ?? '', json: JSON.stringify(args) }
  })
}

function toPieces(ask: Ask, settings: PlanSettings, random: Random): Piece[] {
  const { faults, outputTokens } = settings
  const ofKind = (kind: Step['kind'], texts: readonly string[], call?: PlannedCall): Piece[] =>
    texts.map((text) => ({ kind, text, call }))
  if (isGuardModel(ask.model)) {
    return ofKind('text', answerAsGuard(ask.model, ask.turns).match(/\S+\s*/g) ?? [])
  }
  const reasoning = ofKind('reasoning', pickWords(random, faults.get('reasoning') ?? 0))
  const wanted = ask.tools.length > 0 ? (faults.get('tools') ?? 0) : 0
  if (wanted === 0) {
    return reasoning.concat(ofKind('text', pickWords(random, faults.get('tokens') ?? outputTokens)))
  }
  const calls = planCalls(ask.tools, ask.parallelTools ? wanted : 1, random)
  // Arguments arrive in fragments that are no JSON by themselves, as from a real model.
  return reasoning.concat(
    ...calls.map((call) => ofKind('tool', call.json.match(/[\s\S]{1,6}/gu) ?? [], call)),
  )
}

function toChoice(pieces: readonly Piece[], wasCut: boolean): PlannedChoice {
  let reasoning = ''
  let text = ''
  const calls = new Map<number, PlannedCall>()
  for (const piece of pieces) {
    if (piece.kind === 'text') text += piece.text
    else if (piece.kind === 'reasoning') reasoning += piece.text
    else if (piece.call !== undefined) {
      const said = calls.get(piece.call.index)?.json ?? ''
      calls.set(piece.call.index, { ...piece.call, json: said + piece.text })
    }
  }
  const finish = wasCut ? 'length' : calls.size > 0 ? 'tool_calls' : 'stop'
  return { reasoning, text, calls: [...calls.values()], finish }
}

function isSamePart(a: Piece | undefined, b: Piece | undefined): boolean {
  return a !== undefined && b !== undefined && a.kind === b.kind && a.call === b.call
}

/** Choices of one request are decoded side by side, so their tokens alternate. */
function interleave(choices: readonly (readonly Piece[])[]): Step[] {
  const steps: Step[] = []
  const longest = Math.max(0, ...choices.map((pieces) => pieces.length))
  for (let i = 0; i < longest; i++) {
    for (let choice = 0; choice < choices.length; choice++) {
      const pieces = choices[choice]
      const piece = pieces?.[i]
      if (pieces === undefined || piece === undefined) continue
      const first = !isSamePart(pieces[i - 1], piece)
      const last = !isSamePart(piece, pieces[i + 1])
      steps.push({ choice, kind: piece.kind, text: piece.text, call: piece.call, first, last })
    }
  }
  return steps
}

function makePlan(ask: Ask, settings: PlanSettings): Plan {
  const choices = Array.from({ length: ask.choices }, (_, choice) => {
    const pieces = toPieces(ask, settings, createRandom(settings.seed + choice))
    const kept = ask.maxTokens === undefined ? pieces : pieces.slice(0, ask.maxTokens)
    return { kept, choice: toChoice(kept, kept.length < pieces.length) }
  })
  const steps = interleave(choices.map(({ kept }) => kept))
  const reasoningTokens = steps.reduce((sum, step) => sum + (step.kind === 'reasoning' ? 1 : 0), 0)
  return { choices: choices.map(({ choice }) => choice), steps, reasoningTokens }
}

/** What the answer will be. The seed decides the words, so make it of the prompt. */
export function planAnswer(ask: Ask, settings: PlanSettings): Plan {
  if (ask.work !== 'generate') return noPlan
  const { faults, seed, outputTokens } = settings
  const isPlain = faults.size === 0 && ask.tools.length === 0 && ask.choices === 1 && !isGuardModel(ask.model)
  if (!isPlain) return makePlan(ask, settings)
  // A plain answer depends on nothing but these three, and a load test asks the same thing again and again.
  const key = `${seed} ${outputTokens} ${ask.maxTokens}`
  const known = plainPlans.get(key)
  if (known !== undefined) return known
  const plan = makePlan(ask, settings)
  if (plainPlans.size >= MOST_PLAIN_PLANS) plainPlans.clear()
  plainPlans.set(key, plan)
  return plan
}

/** The functions a request offers, in the shape OpenAI and Ollama share. */
export function parseFunctionTools(value: unknown): Tool[] {
  return toList(value).map((tool) => {
    const declared = toObject(toObject(tool)['function'])
    return { name: toText(declared['name']), parameters: toObject(declared['parameters']) }
  })
}
