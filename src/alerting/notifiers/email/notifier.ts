// Delivers by e-mail. A new connection for every mail: hours lie between two of them.
import { createTransport } from 'nodemailer'
import { printDuration } from '../../../core/units.ts'
import type { Delivery, Message, Notifier, NotifierTools } from '../../notifier.ts'
import { inTime } from '../http/in-time.ts'
import { createScrub } from '../http/scrub.ts'
import type { EmailSettings } from './config.ts'
import { toAccepted, toRefusal } from './outcome.ts'
import { toMail } from './render.ts'
import { toMailServer, toTransportOptions } from './server.ts'

export function createEmailNotifier(settings: EmailSettings, { clock }: NotifierTools): Notifier {
  const server = toMailServer(settings.smtp)
  const say = createScrub([settings.smtp.reveal(), server.password?.reveal() ?? ''])
  const from = senderOf(settings, server.user)
  const context = { domain: from.slice(from.lastIndexOf('@') + 1), receiver: settings.name }

  const send = async (message: Message, signal: AbortSignal): Promise<Delivery> => {
    const transport = createTransport(toTransportOptions(server, settings, signal))
    const { headers, ...mail } = toMail(message, context)
    const { accepted, rejected } = await transport.sendMail({
      ...mail,
      headers: { ...headers },
      from: { name: 'Weir', address: from },
      to: [...settings.to],
      signal,
    })
    return toAccepted(accepted.length, rejected, say)
  }

  return {
    kind: 'email',
    rate: undefined,
    async deliver(message, signal) {
      const patience = { clock, timeoutMs: settings.timeout, signal }
      try {
        const delivery = await inTime(patience, (stop) => send(message, stop))
        if (delivery === 'cut-off') return CUT_OFF
        if (delivery !== 'late') return delivery
        const reason = `The mail server gave no answer within ${printDuration(settings.timeout)}`
        return { result: 'retry', reason, afterMs: undefined }
      } catch (thrown) {
        return toRefusal(thrown, say)
      }
    },
    close: () => Promise.resolve(),
  }
}

const CUT_OFF: Delivery = {
  result: 'retry',
  reason: 'The mail server was not waited for any longer',
  afterMs: undefined,
}

function senderOf({ from, to }: EmailSettings, user: string | undefined): string {
  if (from !== undefined) return from
  return user?.includes('@') === true ? user : (to[0] ?? 'weir@localhost')
}
