// Whether a connection could not be opened because this machine has no more to give. Pure. The backend is not to blame for it.

/** POSIX: too many open files, here or in the system; no memory for a socket. */
const OWN_LACK = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])

export function isOwnLack(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const { code, address } = thrown as NodeJS.ErrnoException & { address?: unknown }
  if (code !== undefined && OWN_LACK.has(code)) return true
  // Every port towards this backend is in use. For an IPv6 address it only means that there is no IPv6 here.
  if (code === 'EADDRNOTAVAIL') return typeof address === 'string' && !address.includes(':')
  // Several addresses were tried, and each has its own reason.
  return thrown instanceof AggregateError && thrown.errors.some(isOwnLack)
}
