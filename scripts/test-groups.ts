// Which test files share a process: starting one and loading the sources costs more than most files' tests. A file that could
// reach its neighbours there, or that its neighbours could keep waiting, has a process of its own.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** What one file does to the whole process, or wants of it. */
const ALONE: readonly RegExp[] = [
  // Other programs, threads and connections: they want time when it is their turn.
  /node:child_process|node:worker_threads|\bcreateServer\b|\.listen\(/,
  // What is held to a clock must not wait for a neighbour.
  /node:timers|\bset(?:Timeout|Interval|Immediate)\(|\bperformance\.|\bDate\.now\b/,
  // Of the process there is one.
  /\bprocess\.(?:chdir|cpuUsage|emit|env|exit|exitCode|memoryUsage|on|once|stderr|stdout)\b|\bmock\./,
  // A hook outside of a suite is for every test of the process.
  /^(?:before|after)(?:Each)?\(/m,
]

/** Tests in folders beside the sources are of whole programs. */
const WHOLE_PROGRAMS = /^test\//

export interface TestFile {
  readonly file: string
  readonly text: string
}

/** A process, with its name and the files whose tests it runs. */
export interface Group {
  readonly name: string
  readonly files: readonly string[]
}

/** Those that share a process, by the subject in whose folder they are; and those that do not. */
export function toGroups(files: readonly TestFile[]): {
  readonly shared: readonly Group[]
  readonly alone: readonly string[]
} {
  const [alone, shared] = [files.filter(isAlone), files.filter((each) => !isAlone(each))]
  const bySubject = Map.groupBy(shared, ({ file }) => toSubject(file))
  const groups = [...bySubject].map(([name, members]) => ({ name, files: members.map(({ file }) => file) }))
  return {
    shared: groups.filter((group) => group.files.length > 1),
    alone: [...groups.filter((group) => group.files.length === 1), { files: alone.map(({ file }) => file) }]
      .flatMap((group) => group.files)
      .toSorted(),
  }
}

/** `src-slo` of all that is below `src/slo/`. */
function toSubject(file: string): string {
  return path.dirname(file).split('/').slice(0, 2).join('-')
}

function isAlone({ file, text }: TestFile): boolean {
  return WHOLE_PROGRAMS.test(file) || ALONE.some((pattern) => pattern.test(text))
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
