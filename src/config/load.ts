// From a file, the environment and flags to a configuration, or to every problem at once.
import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { adviseOn } from './advise.ts'
import { readEnvironment, type Environment } from './environment.ts'
import { interpolate } from './interpolate.ts'
import { overlay } from './overlay.ts'
import { printPath, valueAt, type ConfigPath } from './path.ts'
import type { Place, Problem } from './problem.ts'
import { toConfig, type Config } from './resolve.ts'
import { FILE_SETTING, type Given } from './settings.ts'
import { parseSource, type Source } from './source.ts'
import { readSecretFile, readTextFile } from './text-file.ts'
import { validate } from './validate.ts'
import type { Digests } from './watch.ts'

export interface LoadOptions {
  /** Named by a flag: must exist. */
  readonly file: string | undefined
  /** What flags give. */
  readonly given: readonly Given[]
  readonly env: Environment
  /** Where relative paths of flags and variables start. */
  readonly cwd: string
}

interface Read {
  readonly warnings: readonly string[]
  /** Files whose change means another configuration, as absolute paths; the default one also before it is there. */
  readonly files: readonly string[]
  /** What stood in them when they were read; undefined where one could not be. */
  readonly digests: Digests | undefined
}

export interface Loaded extends Read {
  readonly ok: true
  readonly config: Config
}

export interface Refused extends Read {
  readonly ok: false
  /** `unreadable`: there was nothing to check. */
  readonly kind: 'unreadable' | 'invalid'
  readonly problems: readonly Problem[]
}

export type LoadResult = Loaded | Refused

const DEFAULT_FILE = 'weir.yaml'

/** Reads everything anew at each call; a running gateway calls it again to reload. */
export function createLoader(options: LoadOptions): () => LoadResult {
  // A file that was there at the start and is gone later is a problem, not a wish for the defaults.
  let file: ChosenFile | undefined
  // One that had something in it and is empty later was cut short, by a full disk or by who is just writing it: also no wish for the defaults.
  let hadContent = false
  return () => {
    file ??= chooseFile(options)
    if (file === undefined)
      return check(parseSource('', DEFAULT_FILE), { options, file: undefined, digest: undefined })
    const read = readTextFile(file.path)
    if ('refusal' in read) return refuse(options, file, read.refusal)
    const isEmpty = isEmptyText(read.text)
    if (hadContent && isEmpty) return refuse(options, { ...file, advice: EMPTY_ADVICE }, 'is empty')
    hadContent = !isEmpty
    return check(parseSource(read.text, file.shown), { options, file: file.path, digest: read.digest })
  }
}

/** Nothing, or nothing but comments. */
function isEmptyText(text: string): boolean {
  return text.split('\n').every((line) => /^\s*(?:#.*|---\s*)?$/.test(line))
}

const EMPTY_ADVICE = 'if nothing is to be configured, write {}'

function refuse(options: LoadOptions, file: ChosenFile, refusal: string): Refused {
  const problem: Problem = { path: [], message: `the file ${file.shown} ${refusal}`, advice: file.advice }
  const { warnings } = readEnvironment(options.env)
  const read = { warnings, files: [file.path], digests: undefined }
  return { ok: false, kind: 'unreadable', problems: [problem], ...read }
}

interface ChosenFile {
  readonly path: string
  /** As people would name it from where they are. */
  readonly shown: string
  readonly advice: string
}

function chooseFile(options: LoadOptions): ChosenFile | undefined {
  const named = options.file ?? readEnvironment(options.env).file
  const path = resolve(options.cwd, named ?? DEFAULT_FILE)
  if (named === undefined && !existsSync(path)) return undefined
  const by = options.file === undefined ? FILE_SETTING.variable : FILE_SETTING.flag
  const near = relative(options.cwd, path)
  const advice = named === undefined ? 'make it readable' : `name a readable file with ${by}`
  return { path, shown: near.startsWith('..') ? path : near, advice }
}

interface CheckContext {
  readonly options: LoadOptions
  readonly file: string | undefined
  readonly digest: string | undefined
}

function check(source: Source, { options, file, digest }: CheckContext): LoadResult {
  const base = file === undefined ? options.cwd : dirname(file)
  const digests = new Map(file === undefined || digest === undefined ? [] : [[file, digest]])
  const filled = interpolate(source.value, {
    env: options.env,
    readSecretFile: (name) => {
      const path = resolve(base, name)
      const read = readSecretFile(path)
      if ('digest' in read) digests.set(path, read.digest)
      return read
    },
  })
  const { given, warnings } = readEnvironment(options.env, filled.variables)
  const laid = overlay(filled.value, [...given, ...options.given])
  const placeOf = (path: ConfigPath): Place | undefined => {
    const by = originOf(laid.origins, path)
    if (by !== undefined) return { kind: 'given', by }
    return file === undefined ? undefined : source.placeOf(path)
  }
  const validated = validate(laid.value, { written: filled.written, placeOf })
  const unfilled = new Set(filled.problems.map(({ path }) => printPath(path)))
  const problems = [
    ...source.problems,
    ...filled.problems.map((problem) => ({ ...problem, place: placeOf(problem.path) })),
    ...laid.problems,
    // What could not be filled in is reported already; that it is not a port either helps nobody.
    ...('problems' in validated
      ? validated.problems.filter(({ path }) => !unfilled.has(printPath(path)))
      : []),
  ]
  const advice = 'settings' in validated ? adviseOn(validated.settings) : []
  const read = {
    warnings: [...warnings, ...advice],
    // The first file that somebody writes beside a running gateway is a changed configuration as well.
    files: [file ?? resolve(options.cwd, DEFAULT_FILE), ...toPaths(filled.files, base)],
    digests: filled.problems.length > 0 ? undefined : digests,
  }
  if ('problems' in validated || problems.length > 0) {
    return { ok: false, kind: 'invalid', problems: problems.toSorted(byPlace), ...read }
  }
  const from = { file, given: [...new Set(laid.origins.values())] }
  const isWritten = !laid.origins.has('data') && valueAt(filled.value, ['data']) !== undefined
  const dataBase = isWritten ? base : options.cwd
  return { ok: true, config: toConfig(validated.settings, { source: from, dataBase }), ...read }
}

function toPaths(files: ReadonlySet<string>, base: string): readonly string[] {
  return [...files].map((path) => resolve(base, path))
}

/** The flag or variable that gave this value, or something around it. */
function originOf(origins: ReadonlyMap<string, string>, path: ConfigPath): string | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const by = origins.get(printPath(path.slice(0, length)))
    if (by !== undefined) return by
  }
  return undefined
}

/** In the order of the file; what came from elsewhere first. */
function byPlace(left: Problem, right: Problem): number {
  const [from, to] = [lineOf(left), lineOf(right)]
  return from.line - to.line || from.column - to.column
}

function lineOf({ place }: Problem): { readonly line: number; readonly column: number } {
  return place?.kind === 'file' ? place : { line: 0, column: 0 }
}
