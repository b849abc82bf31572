// Which known word somebody probably meant. For messages only: nothing is ever corrected silently.
import { editDistance } from '../core/edit-distance.ts'

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

function countMistakes(left: string, right: string): number {
  return Math.abs(left.length - right.length) > MOST_MISTAKES
    ? Number.POSITIVE_INFINITY
    : editDistance(left, right)
}
