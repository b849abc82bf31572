// The known names nearest to a mistyped one. Pure.
import { editDistance } from '../../core/edit-distance.ts'

const MAX_COMPARED_LENGTH = 64

/** At most `count` of `known`, nearest first; a name that contains the other, or begins like it, counts as near. */
export function nearestNames(name: string, known: readonly string[], count = 3): string[] {
  const wanted = name.slice(0, MAX_COMPARED_LENGTH).toLowerCase()
  const scored = known.map((each) => {
    const candidate = each.slice(0, MAX_COMPARED_LENGTH).toLowerCase()
    const contained = candidate.includes(wanted) || wanted.includes(candidate)
    return {
      each,
      score: contained ? 0 : editDistance(wanted, candidate) / Math.max(wanted.length, candidate.length),
    }
  })
  scored.sort((a, b) => a.score - b.score || a.each.localeCompare(b.each))
  return scored.slice(0, count).map(({ each }) => each)
}
