// Problems as text: every one of them, one line each, with where it stands, what is wrong and what to write.
import { printPath } from './path.ts'
import type { Problem } from './problem.ts'

/** `weir.yaml:3:5: backends[0].kind: expected one of …, found "olama"; did you mean ollama?` */
export function printProblem(problem: Problem): string {
  const { place, path, message, found, advice } = problem
  const where = place === undefined ? '' : `${printPlace(place)}: `
  const what = path.length === 0 ? '' : `${printPath(path)}: `
  const seen = found === undefined ? '' : `, found ${found}`
  const write = advice === undefined ? '' : `; ${advice}`
  return `${where}${what}${message}${seen}${write}`
}

export function explain(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
  const lines = problems.map((problem) => `  ${printProblem(problem)}\n`)
  return `The configuration has ${count}:\n${lines.join('')}`
}

function printPlace(place: NonNullable<Problem['place']>): string {
  return place.kind === 'given' ? place.by : `${place.file}:${place.line}:${place.column}`
}
