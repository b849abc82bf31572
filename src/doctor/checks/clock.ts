// Is the clock of this machine right? By the dates that other servers put on their answers: each is a witness.
import type { Check } from '../check.ts'
import type { Skew } from '../ask/asker.ts'
import { fail, ok, skip, warn } from '../finding.ts'

/** Dates have whole seconds, and answers take their time. */
const NOTICED_MS = 5_000
/** A minute is the unit in which events are counted, here and in rules. */
const WRONG_MS = 60_000

export const clock: Check = {
  name: 'clock',
  group: 'setup',
  question: 'Is the clock right?',
  after: ['backend-speaks', 'prometheus', 'alertmanager', 'grafana'],
  async ask({ setup, asker }) {
    const own = new Set([setup.config.gateway.listen, setup.config.telemetry.metrics.listen].map(hostPort))
    const witnesses = asker.skews().filter(({ host }) => !own.has(host.split(':').at(-1) ?? ''))
    if (witnesses.length === 0) return skip('nobody else answered by whose clock ours could be judged')
    const off = witnesses.filter(({ ms }) => Math.abs(ms) >= NOTICED_MS)
    const agree = witnesses.filter((witness) => !off.includes(witness))
    if (off.length === 0) return ok(`agrees with ${list(agree)}`)
    const seen = off.map(({ host, ms }) => `${host} is ${toText(ms)}`).join(', ')
    const fix = 'chronyc tracking, or timedatectl: let every machine keep its time by NTP'
    const means = 'Windows of objectives, silences, and signatures of messages go by the clock'
    // Two that are apart from us by the same are not both wrong.
    const isOurs = agree.length === 0 && off.length > 1
    const most = Math.max(...off.map(({ ms }) => Math.abs(ms)))
    if (agree.length > 0) return warn(`${seen}, while ${list(agree)} agree with this machine`, { means, fix })
    const what = isOurs ? `${seen}: it is most likely this machine that is wrong` : seen
    return most >= WRONG_MS ? fail(what, { means, fix }) : warn(what, { means, fix })
  },
}

function hostPort(
  address: { readonly kind: 'tcp'; readonly port: number } | { readonly kind: 'unix' },
): string {
  return address.kind === 'tcp' ? String(address.port) : ''
}

const list = (skews: readonly Skew[]): string => skews.map(({ host }) => host).join(', ')

function toText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000)
  const much = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
  return `${much} ${ms > 0 ? 'ahead of' : 'behind'} this machine`
}
