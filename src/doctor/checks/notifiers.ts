// Do the gateway's own receivers take a message? Asked only with --notify: people get it.
import type { Check } from '../check.ts'
import { fail, ok, skip, warn } from '../finding.ts'

/** A mail server may take its time; the receiver's own timeout is usually ten seconds. */
const PATIENCE_MS = 15_000

export const notifiers: Check = {
  name: 'notifiers',
  group: 'alerts',
  question: 'Do the gateway’s own receivers take a message?',
  subjects: ({ config, options }) => {
    const names = config.alerting.receivers.map(({ name }) => name)
    return options.notify && names.length > 0 ? names : ['']
  },
  patienceMs: () => PATIENCE_MS,
  async ask({ setup, subject }) {
    const { receivers } = setup.config.alerting
    if (receivers.length === 0) {
      if (setup.config.serviceLevels.slos.length === 0) return skip('the configuration has no receivers')
      if (setup.options.places.prometheus !== undefined)
        return skip('the configuration has no receivers: Prometheus is to ring')
      return warn('there are objectives and no alerts.receivers', {
        means: 'Nobody is told when a promise breaks, unless a Prometheus rings',
        fix: 'alerts: { receivers: [{ name: team, kind: email, … }] }; or ask with --prometheus URL',
      })
    }
    if (subject === '') return skip(`--notify sends each of ${receivers.length} receivers a test message`)
    const { kind, delivered, answer } = await setup.hands.deliver(subject)
    if (delivered) return ok(`${kind} took the test message: ${answer}`)
    return fail(`${kind} did not take the test message: ${answer}`, {
      means: 'Alerts do not reach it either',
      fix: `correct receiver ${subject}, then: weir alerts test ${subject}`,
    })
  },
}
