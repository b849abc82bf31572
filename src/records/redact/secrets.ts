// Secrets by their shape: keys of services, tokens, passwords. What opens a door is recognised by how its maker spells it.
import type { Rule } from './rule.ts'

/** Anything of a private key block, to its end or, where that was cut off, to the end of the text. */
const BLOCK_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g

function endOfBlock(text: string, start: number): number {
  BLOCK_END.lastIndex = start
  return BLOCK_END.exec(text) === null ? text.length : BLOCK_END.lastIndex
}

/** Not in the middle of a word: what merely ends like the beginning of a key. */
const AHEAD = '(?<![A-Za-z0-9])'

/** Beginning and rest of the keys that are told by their beginning. */
const KEY_SHAPES: readonly (readonly [needs: string, shape: string])[] = [
  // Our own: public id and secret.
  ['wk_', 'wk_[0-9a-z]{8}_[A-Za-z0-9_-]{20,}'],
  // AWS access key ids; the letters are those of base 32.
  ...['AKIA', 'ASIA', 'AROA', 'AIDA', 'ABIA', 'ACCA'].map(
    (begin) => [begin, `${begin}[A-Z2-7]{16}(?![A-Za-z0-9])`] as const,
  ),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((begin) => [begin, `${begin}[A-Za-z0-9]{36,}`] as const),
  ['github_pat_', 'github_pat_[A-Za-z0-9_]{22,}'],
  ['glpat-', 'glpat-[A-Za-z0-9_-]{20,}'],
  ['xox', 'xox[abeoprs]-[A-Za-z0-9-]{10,}'],
  ['AIza', 'AIza[A-Za-z0-9_-]{35}'],
  ['_live_', '[sprw]{1,2}k_live_[A-Za-z0-9]{16,}'],
  ['_test_', '[sr]k_test_[A-Za-z0-9]{16,}'],
  ['hf_', 'hf_[A-Za-z0-9]{30,}'],
  ['npm_', 'npm_[A-Za-z0-9]{36}'],
  ['gsk_', 'gsk_[A-Za-z0-9]{40,}'],
  ['xai-', 'xai-[A-Za-z0-9]{40,}'],
  ['SG.', 'SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}'],
  // Alibaba Cloud and Tencent Cloud.
  ['LTAI', 'LTAI[A-Za-z0-9]{12,26}(?![A-Za-z0-9])'],
  ['AKID', 'AKID[A-Za-z0-9]{32}(?![A-Za-z0-9])'],
  ['hooks.slack.com/', 'hooks\\.slack\\.com/services/[A-Za-z0-9/]{20,}'],
]

const KEYS: Rule = {
  name: 'api-key',
  needs: KEY_SHAPES.map(([needs]) => needs),
  pattern: new RegExp(`${AHEAD}(?:${KEY_SHAPES.map(([, shape]) => shape).join('|')})`, 'g'),
}

/** A digit and a letter in it: else it is a word or a number. */
function isMixed(text: string): boolean {
  return /\d/.test(text) && /[A-Za-z]/.test(text)
}

/** Where a run of the characters of keys ends; matches are short, so that turning one down costs little. */
function endOfRun(text: string, start: number): number {
  RUN.lastIndex = start
  return RUN.exec(text) === null ? start : RUN.lastIndex
}

/** A dot at the end ends a sentence. */
const RUN = /[\w.~+/=-]*[\w~+/=-]/gy

export const SECRET_RULES: readonly Rule[] = [
  {
    name: 'private-key',
    needs: ['PRIVATE KEY'],
    pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g,
    endOf: endOfBlock,
  },
  {
    // RFC 7519: a header in JSON (so `eyJ`, which is `{"` in base64), and parts with dots between them.
    name: 'token',
    needs: ['eyJ'],
    pattern: /(?<![\w-])eyJ[\w-]{10,}\.[\w-]{4,}(?:\.[\w-]*){0,3}/g,
  },
  // OpenAI, Anthropic and many others: what follows is of any length, and words with dashes look much the same.
  {
    name: 'api-key',
    needs: ['sk-'],
    pattern: /(?<![A-Za-z0-9])sk-[\w-]{17,64}/g,
    isReal: isMixed,
    endOf: endOfRun,
  },
  KEYS,
  {
    name: 'token',
    needs: ['earer ', 'EARER '],
    pattern: /(?<=\bbearer {1,4})[\w.~+/=-]{8,64}/gi,
    isReal: isMixed,
    endOf: endOfRun,
  },
  {
    name: 'password',
    needs: ['asic '],
    pattern: /(?<=authorization["']?[:=] {0,4}["']?basic {1,4})[A-Za-z0-9+/=]{6,64}/gi,
    endOf: endOfRun,
  },
  {
    // RFC 3986 3.2.1: user and password before the host.
    name: 'password',
    needs: ['://'],
    pattern: /(?<=:\/\/[^\s:/@?#"'<>]{0,64}:)[^\s/@"'<>]{1,256}(?=@)/g,
  },
  {
    // Of assignments only what looks random: `password=getpass()` is code.
    name: 'password',
    needs: ['=', ':'],
    pattern:
      /(?<=(?:password|passwd|secret|api[_-]?key|access[_-]?key|[_-]token)(?:_id)?["']?(?:=| = |: ?)["']?)[\w.~+/!@#$%^*-]{6,64}/gi,
    isReal: isMixed,
    endOf: endOfRun,
  },
]

/** Names of fields whose text is a secret, whatever it looks like. */
const SECRET_FIELD =
  /^(?:\w{1,32}[_-])?(?:password|passwd|pwd|passphrase|secret|api[_-]?key|client[_-]?secret|private[_-]?key|secret[_-]?(?:access[_-]?)?key|(?:access|auth|refresh|bearer|session|id)[_-]?token)$/i

const LONGEST_FIELD = 64

export function isSecretField(name: string): boolean {
  return name.length <= LONGEST_FIELD && SECRET_FIELD.test(name)
}
