// Which known word somebody probably meant. For messages only: nothing is ever corrected silently.

/** Two mistakes are a typing error, three are another word; short words allow one. */
const MOST_MISTAKES = 2
const SHORT_WORD = 4

/** A word of which somebody wrote the beginning, or went on after its end: `sim`, `warning`. */
const SHORTEST_BEGINNING = 3

/** The known words that are a typing error away, nearest first. */
export function findNearest(word: string, known: Iterable<string>): readonly string[] {
  const wanted = word.toLowerCase()
  const most = wanted.length <= SHORT_WORD ? 1 : MOST_MISTAKES
  return [...known]
    .map((candidate) => ({ candidate, mistakes: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ mistakes }) => mistakes <= most)
    .sort((left, right) => left.mistakes - right.mistakes)
    .map(({ candidate }) => candidate)
}

function distance(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length)
  const begins = shorter >= SHORTEST_BEGINNING && left.slice(0, shorter) === right.slice(0, shorter)
  return begins && left.length !== right.length ? 1 : countMistakes(left, right)
}

/** Letters added, dropped, changed or swapped with their neighbour (optimal string alignment). */
function countMistakes(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > MOST_MISTAKES) return Number.POSITIVE_INFINITY
  const rows = [Array.from({ length: right.length + 1 }, (_, column) => column)]
  const cost = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 1; row <= left.length; row += 1) {
    rows.push([row])
    for (let column = 1; column <= right.length; column += 1) {
      const changed = left[row - 1] === right[column - 1] ? 0 : 1
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      const ways = [cost(row - 1, column) + 1, cost(row, column - 1) + 1, cost(row - 1, column - 1) + changed]
      if (swapped) ways.push(cost(row - 2, column - 2) + 1)
      rows[row]?.push(Math.min(...ways))
    }
  }
  return cost(left.length, right.length)
}
