// Holes of model servers that are worth a line: reachable over the network, with the version that mended them, as the
// advisory of each says. Data, and the comparison of versions. It is no scanner: what is not here is not known to be safe.

export interface Vulnerability {
  readonly id: string
  readonly kind: 'ollama' | 'vllm' | 'llamacpp'
  /** The first version that has it; undefined: all before the mended one. */
  readonly since?: string
  readonly fixed: string
  readonly what: string
  /** Whether requests that a gateway passes on can reach it, or only who reaches the server itself. */
  readonly through: 'requests' | 'server'
}

export const VULNERABILITIES: readonly Vulnerability[] = [
  {
    // nvd.nist.gov: heap out-of-bounds read in the GGUF loader, by POST /api/create; CVSS 9.1.
    id: 'CVE-2026-7482',
    kind: 'ollama',
    fixed: '0.17.1',
    what: 'whoever reaches it can read its memory through /api/create',
    through: 'server',
  },
  {
    // nvd.nist.gov: "Probllama", path traversal by a model's digest, by POST /api/pull.
    id: 'CVE-2024-37032',
    kind: 'ollama',
    fixed: '0.1.34',
    what: 'whoever reaches it can write files through /api/pull, and so run code',
    through: 'server',
  },
  {
    // github.com/vllm-project/vllm, security advisories: where a model takes video or images; CVSS 9.8.
    id: 'CVE-2026-22778',
    kind: 'vllm',
    since: '0.8.3',
    fixed: '0.14.1',
    what: 'with a model that takes video, a request can run code',
    through: 'requests',
  },
  {
    // github.com/vllm-project/vllm, security advisories: prompt embeddings are loaded without a check.
    id: 'CVE-2025-62164',
    kind: 'vllm',
    since: '0.10.2',
    fixed: '0.11.1',
    what: 'a request with prompt embeddings can write memory',
    through: 'requests',
  },
  {
    // github.com/vllm-project/vllm GHSA-vrq3-r879-7m65: a pattern or type of a tool that cannot be compiled.
    id: 'CVE-2025-48944',
    kind: 'vllm',
    since: '0.8.0',
    fixed: '0.9.0',
    what: 'one request with a malformed tool ends the worker',
    through: 'requests',
  },
  {
    // nvd.nist.gov: --api-key was compared in a time that depends on the key.
    id: 'CVE-2025-59425',
    kind: 'vllm',
    fixed: '0.11.0',
    what: 'its --api-key can be guessed by the time of the answers',
    through: 'server',
  },
  {
    // github.com/ggml-org/llama.cpp GHSA-3p4r-fq3f-q74v: integer overflow in gguf_init_from_file_impl.
    id: 'CVE-2026-27940',
    kind: 'llamacpp',
    fixed: 'b8146',
    what: 'a model file can write memory when it is loaded',
    through: 'server',
  },
]

/** Numbers from the front: `0.12.6-rc1` is 0.12.6, `b4719-73e2ed3c` is 4719. Undefined for what has none. */
export function parseVersion(text: string): readonly number[] | undefined {
  const match = /^[vb]?(\d+(?:\.\d+)*)/.exec(text.trim())
  return match?.[1]?.split('.').map(Number)
}

export function isBefore(left: readonly number[], right: readonly number[]): boolean {
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** Undefined when the version cannot be read: `0.0.0` is a build of somebody's own. */
export function vulnerabilitiesOf(kind: string, version: string): readonly Vulnerability[] | undefined {
  const have = parseVersion(version)
  if (have === undefined || have.every((number) => number === 0)) return undefined
  return VULNERABILITIES.filter((each) => {
    const since = parseVersion(each.since ?? '0') ?? []
    return each.kind === kind && !isBefore(have, since) && isBefore(have, parseVersion(each.fixed) ?? [])
  })
}
