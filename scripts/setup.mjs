// Entry of every npm script: makes sure dependencies and the pinned Node are there, then hands over to that Node.
// Plain JavaScript without dependencies, because on a fresh machine an older Node runs it before anything is installed.
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { handOver } from './setup/hand-over.mjs'
import { ensureInstalled } from './setup/install.mjs'

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

// The oldest Node whose syntax and fs calls this bootstrap itself needs; the gateway runs on the pinned one.
const OLDEST_BOOTSTRAP_MAJOR = 18

const USAGE = `usage: node scripts/setup.mjs COMMAND [ARGS]
  start [ARGS]       run the gateway                     (npm start -- --listen :0)
  weir ARGS          run any weir command, where you are (npm run weir -- check -c weir.yaml)
  test [PATTERN…]    run the tests, or those that match  (npm test -- gateway/streaming)
  bench [ARGS]       run the benchmark
  run FILE [ARGS]    run a script with the pinned Node
  exec BIN [ARGS]    run a development tool from node_modules/.bin
  install            only install
`

/**
 * Each command is a list of program starts; one that fails ends the list. `node` stands for the pinned runtime.
 * @typedef {{ program: string, args: string[], cwd: string }} Step
 * @type {Record<string, (args: string[]) => Step[]>}
 */
const COMMANDS = {
  start: (args) => [script('src/main.ts', args)],
  // npm moves to the package root, but a path on the command line means the folder the person is in.
  weir: (args) => [{ ...script('src/main.ts', args), cwd: process.env['INIT_CWD'] ?? ROOT }],
  test: (args) => [script('scripts/test.ts', args)],
  bench: (args) => [script('scripts/install-components.ts', ['bench']), script('bench/main.ts', args)],
  run: ([file = '', ...args]) => [script(file, args)],
  exec: ([bin = '', ...args]) => [{ program: path.join(ROOT, 'node_modules', '.bin', bin), args, cwd: ROOT }],
  install: () => [],
}

/**
 * @param {string} file
 * @param {string[]} args
 * @returns {Step}
 */
function script(file, args) {
  return { program: 'node', args: [path.resolve(ROOT, file), ...args], cwd: ROOT }
}

async function main() {
  const [name = '', ...args] = process.argv.slice(2)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined || ((name === 'run' || name === 'exec') && args.length === 0)) {
    process.stderr.write(USAGE)
    return 2
  }
  if (Number.parseInt(process.versions.node, 10) < OLDEST_BOOTSTRAP_MAJOR) {
    process.stderr.write(
      `weir: Node ${process.versions.node} is too old to install with; any Node from 18 on will do\n`,
    )
    return 1
  }
  const node = await ensureInstalled(ROOT)
  const bin = path.join(ROOT, 'node_modules', '.bin')
  for (const step of command(args)) {
    const program = step.program === 'node' ? node : step.program
    const code = await handOver({ ...step, program, pathFirst: [bin, path.dirname(node)] })
    if (code !== 0) return code
  }
  return 0
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    process.stderr.write(`weir: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  },
)
