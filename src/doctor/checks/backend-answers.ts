// What an answer to the list of models means that is no list: a redirect, a web page, a limit, a server that fails, a path too many.
import { shownUrl, type Told } from '../ask/asker.ts'
import { LISTING, modelsOf } from '../ask/backend.ts'
import { backendOf, type Asked } from '../check.ts'
import { fail, type Finding } from '../finding.ts'

/** Undefined where nothing is to be said but that it is no list. */
export async function explainAnswer(asked: Asked, told: Told): Promise<Finding | undefined> {
  if (!('page' in told)) return undefined
  const { status, headers, text } = told.page
  const asksFor = `GET ${LISTING[backendOf(asked).kind]} is answered with`
  if (status >= 300 && status < 400) return toRedirect(asked, `${asksFor} ${status}`, headers['location'])
  if (status === 429) {
    return fail(`${asksFor} 429: too many requests`, {
      means: 'Its limit for this key or address is reached; requests of the gateway are refused as well',
      fix: 'wait, raise the limit there, or bound what keys may ask here: keys[].limits',
    })
  }
  const moved = await findRoot(asked)
  if (moved !== undefined) return moved
  if (status >= 500) {
    return fail(`${asksFor} ${status}`, {
      means: 'The server, or a proxy before it, fails',
      fix: 'look into its log',
    })
  }
  if (/^\s*<(!doctype|html)/i.test(text) || (headers['content-type'] ?? '').includes('text/html')) {
    return fail(`${asksFor} ${status} and a web page`, {
      means: 'Another program answers there, a login page, or an interface for people in front of the server',
      fix: `curl -i ${shownUrl(backendOf(asked).url)} shows who; correct host, port or path in backends[].url`,
    })
  }
  return undefined
}

function toRedirect(asked: Asked, seen: string, location: string | undefined): Finding {
  const { url } = backendOf(asked)
  const to = location !== undefined && URL.canParse(location, url) ? new URL(location, url) : undefined
  return fail(to === undefined ? seen : `${seen} and leads to ${shownUrl(to.href)}`, {
    means: 'Weir follows no redirect: a key must not go where somebody else says',
    fix: 'if that is the model server write its address into backends[].url; a login page has to be passed first',
  })
}

/** People copy addresses with /v1 or /api behind them, and some have it twice. */
async function findRoot(asked: Asked): Promise<Finding | undefined> {
  const backend = backendOf(asked)
  const { origin, pathname } = new URL(backend.url)
  if (pathname === '/') return undefined
  const { urlFor, headers } = asked.setup.hands.reach({ ...backend, url: origin })
  const told = await asked.asker.ask({ url: urlFor(LISTING[backend.kind]), headers })
  if (modelsOf(backend.kind, told) === undefined) return undefined
  return fail(`nothing is found below ${shownUrl(backend.url)}, and ${origin} lists models`, {
    means: 'The path does not belong there: Weir adds that of each request by itself',
    fix: `url: ${origin}`,
  })
}
