// Why requests queue: because there are many of them, or because the backend that they wait for has become slow. Pure.
import type { BlamedSlice } from '../core/alert.ts'
import type { Cell } from './attribution-sums.ts'
import type { Usual } from './usual.ts'

/** Less is the spread of every day. */
const LEAST_SLOWDOWN = 1.5

/** Requests queue where others take long: then the queue is what is seen, and the slow backend the cause. */
export function slowdownOf(
  { backend, model }: BlamedSlice,
  cells: readonly Cell[],
  usual: Usual | undefined,
): number | undefined {
  if (backend === undefined) return undefined
  let [takenMs, usualMs] = [0, 0]
  for (const cell of cells) {
    const perTokenMs = usual?.find(cell.backend, cell.model)?.perToken.value
    const isThere = cell.backend === backend && (model === undefined || cell.model === model)
    if (!isThere || perTokenMs === undefined) continue
    takenMs += cell.good.countedDecodeMs + cell.bad.countedDecodeMs
    usualMs += (cell.good.tokens + cell.bad.tokens) * perTokenMs
  }
  const times = Math.round((takenMs / usualMs) * 10) / 10
  return usualMs > 0 && times >= LEAST_SLOWDOWN ? times : undefined
}
