// Which addresses mean "this machine": in a container they lead nowhere. It looks up no name.

export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname === '0.0.0.0' || /^127\./.test(hostname)
}

/** Undefined for what is no URL, or leads to another machine. */
export function toLoopbackUrl(text: string): URL | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return isLoopbackHost(url.hostname) ? url : undefined
}

/** The same URL at another host and, where one is given, another port. */
export function atHost(url: URL, host: string): string {
  const { protocol, port, pathname, search } = url
  const place = host.includes(':') || port === '' ? host : `${host}:${port}`
  return `${protocol}//${place}${pathname === '/' ? '' : pathname}${search}`
}
