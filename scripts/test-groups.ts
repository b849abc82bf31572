// Which test files share a process, and which run at the same time. Starting a process and loading the sources costs more than
// most files' tests; a file that could reach its neighbours there has a process of its own, and one that neighbours on the
// machine could keep waiting has nearly the whole machine.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** What is held to a clock must not wait for a neighbour. */
const CLOCK = /node:timers|\bset(?:Timeout|Interval|Immediate)\(|\bperformance\.|\bDate\.now\b/

/** What one file does to the whole process, or wants of it. */
const OWN_PROCESS: readonly RegExp[] = [
  CLOCK,
  // Other programs, threads and connections: they want time when it is their turn.
  /node:child_process|node:worker_threads|\bcreateServer\b|\.listen\(/,
  // Of the process there is one.
  /\bprocess\.(?:chdir|cpuUsage|emit|env|exit|exitCode|memoryUsage|on|once|stderr|stdout)\b|\bmock\./,
  // A hook outside of a suite is for every test of the process.
  /^(?:before|after)(?:Each)?\(/m,
]

/** Whole programs: all of them pass on a machine that does ten other things, but for these. */
const WHOLE_PROGRAMS = /^test\//
const ONE_AT_A_TIME: readonly RegExp[] = [
  // They hold loads, memory and times against limits.
  /^test\/faults\/(?:body-memory|bounded|deaf-client|descriptors|drain|overload|reconcile)\b/,
  /^bench\//,
  // Who is served when, within tens of milliseconds.
  /^test\/acceptance\/queue-schedule\b/,
  // What a load measures of a server whose times are known.
  /^test\/acceptance\/load\b/,
  // Minutes as they pass.
  /^test\/acceptance\/service-levels-guide\b/,
]

export interface TestFile {
  readonly file: string
  readonly text: string
}

/** A process, with its name and the files whose tests it runs. */
export interface Group {
  readonly name: string
  readonly files: readonly string[]
}

export interface TestOrder {
  /** Those that share a process, by the subject in whose folder they are. */
  readonly groups: readonly Group[]
  /** A process each, several at once. */
  readonly files: readonly string[]
  /** A process each, and as few at once as can be. */
  readonly alone: readonly string[]
}

export function toTestOrder(files: readonly TestFile[]): TestOrder {
  const sharing = files.filter((each) => !hasOwnProcess(each))
  const subjects = [...Map.groupBy(sharing, ({ file }) => toSubject(file))]
  const groups = subjects
    .map(([name, members]) => ({ name, files: members.map(({ file }) => file) }))
    .filter((group) => group.files.length > 1)
  const grouped = new Set(groups.flatMap((group) => group.files))
  const others = files.filter(({ file }) => !grouped.has(file))
  const [alone, several] = [others.filter(isAlone), others.filter((each) => !isAlone(each))]
  return { groups, files: several.map(({ file }) => file), alone: alone.map(({ file }) => file) }
}

function hasOwnProcess({ file, text }: TestFile): boolean {
  return WHOLE_PROGRAMS.test(file) || OWN_PROCESS.some((pattern) => pattern.test(text))
}

function isAlone({ file, text }: TestFile): boolean {
  if (ONE_AT_A_TIME.some((pattern) => pattern.test(file))) return true
  return !WHOLE_PROGRAMS.test(file) && CLOCK.test(text)
}

/** `src-slo` of all that is below `src/slo/`. */
function toSubject(file: string): string {
  return path.dirname(file).split('/').slice(0, 2).join('-')
}

/** What a process of a group is started with. A file that cannot be loaded fails by its name, and the others run. */
export function printGroup({ files }: Group, root: string): string {
  const loads = files.map((file) => {
    const url = JSON.stringify(pathToFileURL(path.join(root, file)).href)
    return `await import(${url}).catch((error) => test(${JSON.stringify(file)}, () => { throw error }))`
  })
  return ["import { test } from 'node:test'", ...loads, ''].join('\n')
}

/** Runs with one file for each group, which are gone afterwards. */
export async function withGroupFiles<T>(
  groups: readonly Group[],
  { root, use }: { readonly root: string; readonly use: (files: readonly string[]) => Promise<T> },
): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-tests-'))
  try {
    const files = groups.map((group) => ({ group, file: path.join(folder, `${group.name}.test.mjs`) }))
    for (const { group, file } of files) await writeFile(file, printGroup(group, root))
    return await use(files.map(({ file }) => file))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
