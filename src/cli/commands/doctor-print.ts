// What the doctor found, for people: a line each, grouped; what it means and what mends it below what is not well.
import { GROUPS, type GroupName } from '../../doctor/check.ts'
import type { Status } from '../../doctor/finding.ts'
import type { Report } from '../../doctor/report.ts'
import type { Answer, Progress } from '../../doctor/run.ts'
import type { Colour, Paint } from '../../records/read/paint.ts'

const COLOURS: Readonly<Record<Status, Colour>> = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'grey' }

export function printReport(report: Report, paint: Paint): string {
  const groups = (Object.keys(GROUPS) as GroupName[]).flatMap((group) => {
    const lines = mergeSkipped(report.answers.filter((answer) => answer.group === group))
    return lines.length === 0
      ? []
      : [`${paint(GROUPS[group], 'bold')}\n${lines.map((line) => toText(line, paint)).join('')}`]
  })
  return `${groups.join('\n')}\n${summarise(report, paint)}`
}

interface Line extends Answer {
  readonly label: string
}

/** Many that wait for one cause are one line, of each backend. */
function mergeSkipped(answers: readonly Answer[]): readonly Line[] {
  const lines: (Line & { readonly checks: readonly string[] })[] = []
  for (const answer of answers) {
    const { status, seen, subject, check } = answer
    const at = lines.findIndex(
      (line) => status === 'skip' && line.status === status && line.seen === seen && line.subject === subject,
    )
    const checks = [...(lines[at]?.checks ?? []), check]
    const line = { ...answer, checks, label: `${checks.join(', ')} ${subject}`.trim() }
    if (at === -1) lines.push(line)
    else lines[at] = line
  }
  return lines
}

const INDENT = '        '

function toText({ status, label, seen, means, fix }: Line, paint: Paint): string {
  const lead = `  ${paint(status.padEnd(4), COLOURS[status])}  `
  const more = [...(means === undefined ? [] : [`${means}.`]), ...(fix === undefined ? [] : [`→ ${fix}`])]
  return `${lead}${label}: ${seen}\n${more.map((line) => `${INDENT}${line}\n`).join('')}`
}

function summarise({ counts }: Report, paint: Paint): string {
  const words: readonly (readonly [Status, string])[] = [
    ['fail', 'failed'],
    ['warn', counts.warn === 1 ? 'warning' : 'warnings'],
    ['ok', 'ok'],
    ['skip', 'not asked'],
  ]
  const parts = words.flatMap(([status, word]) =>
    counts[status] === 0 ? [] : [paint(`${counts[status]} ${word}`, COLOURS[status])],
  )
  return `${parts.join(', ')}\n`
}

const CLEAR = '\r\u001b[K'
const MARGIN = 1

/** One line that is written over again and again, for a terminal. */
export function printProgress({ done, all, waiting }: Progress, columns = 80): string {
  if (waiting.length === 0) return CLEAR
  const text = `${done} of ${all}, waiting for ${waiting.slice(0, 3).join(', ')}`
  return CLEAR + text.slice(0, columns - MARGIN)
}
