// Records counted anew, by the minute, as objectives and rules that did not exist then would have counted them.
import type { ObjectiveSum } from '../../core/minutes.ts'
import type { RecordOutline } from '../../core/outline.ts'
import { EMPTY_SUM } from '../burn-rate.ts'
import { createJudge, type Judge } from '../indicator.ts'
import { createMaintainedMinutes } from '../maintenance/maintained-minutes.ts'
import type { Span } from '../report/report.ts'
import { toCounted, type ServiceLevels } from '../resolve.ts'
import { MINUTE_MS } from '../windows/config.ts'

export interface ReplayTape {
  add(record: RecordOutline): void
  /** Of what is counted under this name, from a minute (inclusive) to another (exclusive). */
  sum(name: string, fromMinute: number, toMinute: number): ObjectiveSum
}

/** What was counted up to and without each minute. */
interface Track {
  readonly judge: Judge
  readonly good: Float64Array
  readonly total: Float64Array
  readonly excluded: Float64Array
  isSummed: boolean
}

export function createReplayTape(levels: ServiceLevels, { fromMinute, toMinute }: Span): ReplayTape {
  const isMaintainedAt = createMaintainedMinutes(levels.maintenance)
  const length = toMinute - fromMinute + 1
  const tracks = new Map(
    toCounted(levels).map((counted) => [counted.name, createTrack(createJudge(counted), length)]),
  )
  return {
    add(record) {
      const minute = Math.floor((record.startedAtMs + record.durationMs) / MINUTE_MS)
      if (minute < fromMinute || minute >= toMinute) return
      const isMaintained = isMaintainedAt(minute)
      for (const track of tracks.values()) addTo(track, record, { at: minute - fromMinute + 1, isMaintained })
    },
    sum(name, from, to) {
      const track = tracks.get(name)
      const first = Math.max(from, fromMinute) - fromMinute
      const last = Math.min(to, toMinute) - fromMinute
      if (track === undefined || last <= first) return EMPTY_SUM
      sumUp(track)
      const between = (counts: Float64Array): number => (counts[last] ?? 0) - (counts[first] ?? 0)
      const total = between(track.total)
      return {
        good: between(track.good),
        total,
        excluded: between(track.excluded),
        minutes: total > 0 ? 1 : 0,
      }
    },
  }
}

function createTrack(judge: Judge, length: number): Track {
  const counts = (): Float64Array => new Float64Array(length)
  return { judge, good: counts(), total: counts(), excluded: counts(), isSummed: false }
}

function addTo(
  { judge, good, total, excluded }: Track,
  record: RecordOutline,
  { at, isMaintained }: { readonly at: number; readonly isMaintained: boolean },
): void {
  const judgement = judge(record)
  if (judgement === undefined) return
  const isOut = isMaintained || judgement === 'excluded'
  const counts = isOut ? excluded : total
  counts[at] = (counts[at] ?? 0) + 1
  if (!isOut && judgement === 'good') good[at] = (good[at] ?? 0) + 1
}

/** Once, when everything was added. */
function sumUp(track: Track): void {
  if (track.isSummed) return
  track.isSummed = true
  for (const counts of [track.good, track.total, track.excluded])
    for (let at = 1; at < counts.length; at += 1) counts[at] = (counts[at] ?? 0) + (counts[at - 1] ?? 0)
}
