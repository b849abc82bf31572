// How far two words are from each other, for messages that guess what somebody meant. Pure.

/** Letters added, dropped, changed or swapped with their neighbour (optimal string alignment). Takes time and memory of one by the other's length: cut what a stranger wrote. */
export function editDistance(left: string, right: string): number {
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
