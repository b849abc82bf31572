// Are the ports free, or ours? A taken one is why a gateway does not start, and the error in its log is easily missed.
import { printListenAddress, type ListenAddress } from '../../config/fields.ts'
import type { Asked, Check } from '../check.ts'
import { addressOf, doorTo, LISTENERS, whoAnswers, type ListenerName } from '../ask/weir.ts'
import { fail, ok, skip, type Finding } from '../finding.ts'

/** Who usually owns a port that people also give to us. */
const USUAL_OWNERS: Readonly<Record<number, string>> = {
  3000: 'Grafana',
  3100: 'Loki',
  8000: 'vLLM',
  8080: 'llama.cpp or a reverse proxy',
  9090: 'Prometheus',
  9093: 'Alertmanager',
  9100: 'node_exporter',
  9400: 'the DCGM exporter',
  9464: 'another gateway, or an OpenTelemetry exporter',
  11434: 'Ollama',
}

export const ports: Check = {
  name: 'ports',
  group: 'setup',
  question: 'Are the ports of the listeners free, or ours?',
  subjects: () => LISTENERS,
  blocks: 'a port of the gateway is not free for it',
  async ask(asked) {
    const listener = asked.subject as ListenerName
    const address = addressOf(asked.setup, listener)
    const shown = printListenAddress(address)
    if (address.kind === 'tcp' && address.port === 0) return skip(`${shown} is any free port`)
    const sort = await whoAnswers(asked.asker, doorTo(asked.setup, listener))
    if (sort.kind === 'weir') return ok(`${shown} is answered by a gateway`)
    if (sort.kind === 'other') return taken(asked, address, sort.seen)
    const code = await asked.setup.machine.tryToListen(address)
    return code === undefined ? ok(`${shown} is free`) : refused(asked, address, code)
  },
}

async function taken(asked: Asked, address: ListenAddress, seen: string): Promise<Finding> {
  const shown = printListenAddress(address)
  const owner = address.kind === 'tcp' ? await asked.setup.machine.ownerOf(address.port) : undefined
  const usual = address.kind === 'tcp' ? USUAL_OWNERS[address.port] : undefined
  const who = owner === undefined ? 'by a program that is no gateway' : `by ${owner}`
  const also = usual === undefined ? '' : `; this port usually belongs to ${usual}`
  // It takes connections and does not answer the page that every gateway answers at once.
  const isSilent = seen.startsWith('no answer')
  return fail(
    `${shown} is taken ${isSilent ? who.replace('that is no gateway', 'that does not answer') : who} (${seen})${also}`,
    {
      means: isSilent
        ? 'If that is a gateway, it hangs; if it is not, a gateway cannot start there'
        : `The gateway cannot open its ${asked.subject} listener there`,
      fix: `stop what listens there, or write ${toLine(asked, 'another free port')}`,
    },
  )
}

function toLine({ subject, setup }: Asked, what: string): string {
  const { kind } = addressOf(setup, subject as ListenerName)
  const value = kind === 'unix' ? 'unix:/another/path' : `127.0.0.1:PORT`
  return subject === 'gateway' ? `listen: ${value} (${what})` : `metrics: { listen: ${value} } (${what})`
}

function refused(asked: Asked, address: ListenAddress, code: string): Finding | Promise<Finding> {
  const shown = printListenAddress(address)
  const means = `The gateway cannot open its ${asked.subject} listener`
  switch (code) {
    case 'EADDRINUSE':
      return taken(asked, address, 'it listens on another address of the same port')
    case 'EACCES':
      return fail(`${shown} may not be opened by this user: ports below 1024 need the right to bind them`, {
        means,
        fix: `write ${toLine(asked, 'a port from 1024')}, or give the service CAP_NET_BIND_SERVICE`,
      })
    case 'EADDRNOTAVAIL':
      return fail(`${shown} is not an address of this machine`, {
        means,
        fix: `ip -brief address shows those there are; write ${toLine(asked, 'one of them')}`,
      })
    default:
      return fail(`${shown} cannot be opened (${code})`, { means })
  }
}
