// `weir simulate`: the pretend model server, alone.
import { parseListenAddress, type ListenAddress } from '../../config/fields.ts'
import { parseSource } from '../../config/source.ts'
import { printProblem } from '../../config/explain.ts'
import { readTextFile } from '../../config/text-file.ts'
import {
  createSimulator,
  demoProfile,
  faultVocabulary,
  parseProfile,
  MODEL_PREFIX,
  SimulatorProfileError,
  type ProfileInput,
} from '../../simulator/index.ts'
import { resolve } from 'node:path'
import type { DefineCommand } from '../define.ts'
import type { SignalName } from '../../app/asked.ts'
import { EXIT, type World } from '../world.ts'

const DEFAULT_ADDRESS = '127.0.0.1:18791'
const EVERY_INTERFACE = '0.0.0.0'

interface SimulateFlags {
  readonly listen: string
  readonly profile?: string
  readonly listFaults?: true
}

export const defineSimulate: DefineCommand = (program, { world, exit }) => {
  program
    .command('simulate')
    .description('run the pretend model server, alone')
    .option('--listen <ADDR>', 'where it listens: :port or host:port', DEFAULT_ADDRESS)
    .option('--profile <FILE>', 'how it behaves, as YAML or JSON; like one busy GPU without this')
    .option('--list-faults', 'print the faults that a model name can ask for, and end')
    .action(async (flags: SimulateFlags) => exit(await simulate(flags, world)))
}

async function simulate(flags: SimulateFlags, world: World): Promise<number> {
  const { stdout, stderr } = world.streams
  if (flags.listFaults === true) {
    stdout.write(printFaults())
    return EXIT.ok
  }
  const address = parseListenAddress(flags.listen)
  if (address?.kind !== 'tcp') {
    stderr.write('error: --listen: expected :port or host:port\n')
    return EXIT.usage
  }
  const profile = flags.profile === undefined ? { input: demoProfile } : readProfile(flags.profile, world)
  if ('refusal' in profile) {
    stderr.write(`error: --profile: ${profile.refusal}\n`)
    return EXIT.usage
  }
  return runUntilSignal(profile.input, { address, world })
}

interface Running {
  readonly address: Extract<ListenAddress, { kind: 'tcp' }>
  readonly world: World
}

async function runUntilSignal(input: ProfileInput, { address, world }: Running): Promise<number> {
  // Before anything is open, so that a signal that comes early is not lost.
  const told = listenForSignals(world)
  const simulator = createSimulator(input)
  try {
    const { url } = await simulator.listen({ host: address.host ?? EVERY_INTERFACE, port: address.port })
    world.streams.stdout.write(
      `simulator started on ${url}: a pretend model server, its answers mean nothing\n` +
        `models: ${simulator.profile.models.map(({ name }) => name).join(', ')}\n`,
    )
    await told.signal
    return EXIT.ok
  } catch (error) {
    world.streams.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`)
    return EXIT.no
  } finally {
    told.stop()
    await simulator.close()
  }
}

function listenForSignals({ signals }: World): { readonly signal: Promise<void>; stop(): void } {
  const told = Promise.withResolvers<void>()
  const names: readonly SignalName[] = ['SIGINT', 'SIGTERM']
  const stops = names.map((name) => signals.on(name, told.resolve))
  return {
    signal: told.promise,
    stop() {
      for (const stop of stops) stop()
    },
  }
}

type ReadProfile = { readonly input: ProfileInput } | { readonly refusal: string }

function readProfile(file: string, { cwd }: World): ReadProfile {
  const read = readTextFile(resolve(cwd, file))
  if ('refusal' in read) return { refusal: `the file ${file} ${read.refusal}` }
  const { value, problems } = parseSource(read.text, file)
  if (problems.length > 0) return { refusal: problems.map(printProblem).join('\n') }
  try {
    return { input: parseProfile(value) }
  } catch (error) {
    if (!(error instanceof SimulatorProfileError)) throw error
    return { refusal: `${file}: ${error.message}` }
  }
}

/** One fault a line, as it is asked for: by the name of the model. */
function printFaults(): string {
  const lines = faultVocabulary.map(({ name, argument, does }) => {
    const asked = argument === undefined ? '' : `-${argument.name}`
    const fallback =
      argument === undefined ? '' : ` (${argument.name}: ${argument.unit}, ${argument.fallback} if left out)`
    return { word: `${MODEL_PREFIX}${name}${asked}`, text: `${does}${fallback}` }
  })
  const width = Math.max(...lines.map(({ word }) => word.length))
  return lines.map(({ word, text }) => `${word.padEnd(width)}  ${text}\n`).join('')
}
