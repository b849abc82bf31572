// Whether a connection may carry another message behind this one. Pure.

/** RFC 9112 9.3, for either direction; `connection`: the header of that name. */
export function keepsAlive(connection: string | undefined, isHttp11: boolean): boolean {
  if (connection === undefined) return isHttp11
  const options = connection.toLowerCase()
  if (options === 'keep-alive') return true
  const names = options.split(',').map((name) => name.trim())
  return !names.includes('close') && (isHttp11 || names.includes('keep-alive'))
}
