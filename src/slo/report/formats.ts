// THE LIST OF FORMS in which a report can be had.
import { toDocument } from './document/document.ts'
import { printCsv } from './formats/csv.ts'
import { printHtml } from './formats/html.ts'
import { printJson } from './formats/json.ts'
import { printMarkdown } from './formats/markdown.ts'
import type { SlaReport } from './report.ts'
import type { Language } from './texts/phrases.ts'

export const REPORT_FORMATS = ['md', 'csv', 'json', 'html'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

const PRINTERS: Readonly<Record<ReportFormat, (report: SlaReport, language: Language) => string>> = {
  md: (report, language) => printMarkdown(toDocument(report, language)),
  csv: printCsv,
  json: (report) => printJson(report),
  html: (report, language) => printHtml(toDocument(report, language)),
}

export function printReport(report: SlaReport, format: ReportFormat, language: Language): string {
  return PRINTERS[format](report, language)
}
