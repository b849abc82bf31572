// The known names nearest to a mistyped one. Pure.

/** Optimal string alignment distance: insert, delete, replace, swap neighbours. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replace = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replace)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

const MAX_COMPARED_LENGTH = 64

/** At most `count` of `known`, nearest first; a name that contains the other, or begins like it, counts as near. */
export function nearestNames(name: string, known: readonly string[], count = 3): string[] {
  const wanted = name.slice(0, MAX_COMPARED_LENGTH).toLowerCase()
  const scored = known.map((each) => {
    const candidate = each.slice(0, MAX_COMPARED_LENGTH).toLowerCase()
    const contained = candidate.includes(wanted) || wanted.includes(candidate)
    return {
      each,
      score: contained ? 0 : distance(wanted, candidate) / Math.max(wanted.length, candidate.length),
    }
  })
  scored.sort((a, b) => a.score - b.score || a.each.localeCompare(b.each))
  return scored.slice(0, count).map(({ each }) => each)
}
