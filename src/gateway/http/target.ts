// The target of a request line (RFC 9112 3.2): its path, and the forms of it that are refused. Pure.
import { WeirError } from '../../core/errors.ts'

/** Under it, an id may hold slashes, encoded or not: model names do. */
export const MODEL_PREFIX = '/v1/models/'

const MAX_TARGET_LENGTH = 2_048

/** The path of a request target, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}

/**
 * Refuses targets that another server might read differently (RFC 9110 4.2.3, RFC 3986 5.2.4):
 * absolute form, empty or dot segments, encoded slashes or dots, backslashes, fragments.
 */
export function checkTarget(target: string, path: string): void {
  const plain = path.startsWith(MODEL_PREFIX) ? path.replaceAll(/%2f/gi, '/') : path
  const strange =
    !target.startsWith('/') || target.includes('#') || /\/\/|\/\.\.?(\/|$)|%2e|%2f|%5c|%00|\\/i.test(plain)
  if (strange)
    throw new WeirError('invalid_request', { message: 'The request path is not in its plain form.' })
  if (target.length > MAX_TARGET_LENGTH) {
    throw new WeirError('invalid_request', { status: 414, message: 'The request path is too long.' })
  }
}

/** The id of `/v1/models/{id}`, decoded once; undefined when it is not valid. */
export function modelIdOf(target: string): string | undefined {
  try {
    return decodeURIComponent(pathOf(target).slice(MODEL_PREFIX.length))
  } catch {
    return undefined
  }
}
