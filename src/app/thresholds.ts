// Where service levels draw their lines, for whoever counts into buckets: what is counted up to a threshold is exact only if the
// threshold is the bound of a bucket.
import { GAP_BOUNDS_S, uniteBounds } from '../core/buckets.ts'
import type { Thresholds } from '../telemetry/bounds.ts'
import { toCounted, toServiceLevels } from '../slo/resolve.ts'
import type { ServiceLevelSettings } from '../slo/settings/config.ts'

const MS_PER_SECOND = 1_000

/** Of objectives and of rules. */
export function toThresholds(settings: ServiceLevelSettings): Thresholds {
  const counted = toCounted(toServiceLevels(settings))
  const of = (...kinds: readonly string[]): readonly number[] =>
    counted.flatMap(({ indicator }) =>
      indicator.kind !== 'availability' && kinds.includes(indicator.kind)
        ? [indicator.thresholdMs / MS_PER_SECOND]
        : [],
    )
  return { durationS: of('duration'), firstTokenS: of('firstToken'), gapS: of('perToken', 'interToken') }
}

/** Undefined where the shared bounds do. */
export function toGapBoundsMs({ gapS }: Thresholds): readonly number[] | undefined {
  const bounds = uniteBounds(GAP_BOUNDS_S, gapS)
  return bounds === GAP_BOUNDS_S ? undefined : bounds.map((seconds) => seconds * MS_PER_SECOND)
}
