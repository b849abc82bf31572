// Do callers come through the reverse proxy as who they are: with their key, and not taken for this machine?
import { cut, parseJson, textAt } from '../ask/json.ts'
import { under } from '../ask/prometheus.ts'
import { askDoor, doorTo } from '../ask/weir.ts'
import type { Asked, Check } from '../check.ts'
import { fail, ok, type Finding } from '../finding.ts'
import { keyHeaders } from './metrics.ts'

/** A list that the gateway makes itself. */
const LIST = '/v1/models'

export const proxyCallers: Check = {
  name: 'proxy-callers',
  group: 'proxy',
  question: 'Do callers come through the proxy with their key, and nobody without one?',
  needs: ['proxy'],
  blocks: 'the proxy does not pass callers on as it should',
  async ask(asked) {
    const { key } = asked.setup.options
    const without = await askThrough(asked, {})
    if (without === undefined) return []
    if (without.status === 200 && asked.setup.config.access.auth !== 'none') return toOpen()
    if (without.status !== 200 && !isRefusal(without.status)) return toOther(without)
    if (key === undefined || without.status === 200) return ok('nobody is let in who should not be')
    const [through, direct] = await Promise.all([
      askThrough(asked, keyHeaders(asked)),
      askDoor(asked.asker, doorTo(asked.setup, 'gateway'), { path: LIST, headers: keyHeaders(asked) }),
    ])
    // A key that the gateway itself refuses is told of elsewhere.
    if (through === undefined || !('page' in direct) || direct.page.status !== 200) return []
    if (through.status === 200) return ok('keys come through, and nobody is let in without one')
    return isRefusal(through.status) ? toTaken(through) : toOther(through)
  },
}

interface Answer {
  readonly status: number
  readonly text: string
}

async function askThrough(
  { asker, setup }: Asked,
  headers: Readonly<Record<string, string>>,
): Promise<Answer | undefined> {
  const told = await asker.ask({ url: under(setup.options.places.proxy ?? '', LIST), headers })
  return 'page' in told ? told.page : undefined
}

function isRefusal(status: number): boolean {
  return status === 401 || status === 403
}

/** The gateway trusts this machine; a proxy on it must say for whom it asks. */
function toOpen(): Finding {
  return fail(`GET ${LIST} through it is answered without a key`, {
    means: 'It does not say for whom it asks: whoever reaches it is taken for a caller on this machine',
    fix: 'nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; and: weir keys create --name NAME',
  })
}

function toTaken({ status, text }: Answer): Finding {
  const isOurs = textAt(parseJson(text), 'error', 'message') !== undefined
  const seen = isOurs
    ? `a key that the gateway takes does not come through (${status})`
    : `it refuses callers itself (${status}): ${cut(text)}`
  return fail(seen, {
    means: 'Callers are refused whichever key they have',
    fix: isOurs
      ? 'leave the header Authorization as it comes: no proxy_set_header Authorization, no auth_basic on these paths'
      : 'take its own access rules off these paths: keys are the gateway’s to check',
  })
}

function toOther({ status, text }: Answer): Finding {
  return fail(`GET ${LIST} through it is answered with ${status}: ${cut(text)}`, {
    means: 'The proxy leads to another listener, or changes paths on the way',
    fix: 'pass every path on as it is to where callers connect, as docs/guide/reverse-proxy.md has it',
  })
}
