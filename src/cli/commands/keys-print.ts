// What the key commands print: for people as text, for scripts as one JSON value.
import { dirname } from 'node:path'
import { stringify } from 'yaml'
import type { NewKey } from '../../access/create-key.ts'
import type { IssuedKey, KeyOrder, RotatedKey } from '../../access/store/key-desk.ts'
import type { StoredKey } from '../../access/store/key-store.ts'
import { printInstant } from '../../core/instant.ts'

const SHOWN_ONCE =
  'This key is shown once and kept nowhere. Whoever calls sends it as `Authorization: Bearer KEY`.'

export function printIssued({ secret, key }: IssuedKey, place: string): string {
  return `${secret}\n\n${SHOWN_ONCE}\n${printInForce(key, place)}`
}

export function printRotated({ secret, key, oldUntilMs }: RotatedKey, place: string): string {
  const old =
    oldUntilMs <= key.createdAtMs
      ? 'The key before it is revoked.'
      : `The key before it works until ${printSecond(oldUntilMs)}.`
  return `${secret}\n\n${SHOWN_ONCE}\n${old}\n${printInForce(key, place)}`
}

export function issuedToJson({ secret, key }: IssuedKey, place: string): Readonly<Record<string, unknown>> {
  const { id, name, hash, grant, expiresAtMs } = key
  return { key: secret, publicId: id, name, hash, ...grant, ...toExpires(expiresAtMs), store: place }
}

export function rotatedToJson(rotated: RotatedKey, place: string): Readonly<Record<string, unknown>> {
  return { ...issuedToJson(rotated, place), oldUntil: printInstant(rotated.oldUntilMs) }
}

/** For who wants the key in the file: the lines, beside the key itself. */
export function printLines({ key, hash }: NewKey, order: KeyOrder): string {
  const lines = stringify({ keys: [toEntry(order, hash)] }, { lineWidth: 0 })
  return `${key}\n\n${SHOWN_ONCE}\nWeir knows it by these lines in weir.yaml (below \`keys:\`, if that is there already):\n\n${lines}`
}

export function linesToJson(
  { key, publicId, hash }: NewKey,
  order: KeyOrder,
): Readonly<Record<string, unknown>> {
  return { key, publicId, ...toEntry(order, hash) }
}

export function printRevoked(name: string, revoked: readonly StoredKey[]): string {
  const hints = revoked.map(({ hint }) => hint).join(', ')
  return `Revoked ${name}: ${hints}. A running gateway refuses it within a second.\n`
}

export function revokedToJson(
  name: string,
  revoked: readonly StoredKey[],
): Readonly<Record<string, unknown>> {
  return { name, revoked: revoked.map(({ id, hint }) => ({ publicId: id, hint })) }
}

function printInForce({ name, expiresAtMs }: StoredKey, place: string): string {
  const end = expiresAtMs === undefined ? '' : ` It works until ${printSecond(expiresAtMs)}.`
  return `It is called ${name}, and works within a second at every gateway that keeps its data in ${dirname(place)}.${end}\n`
}

function toEntry({ name, grant, expiresAtMs }: KeyOrder, hash: string): Readonly<Record<string, unknown>> {
  return { name, hash, ...grant, ...toExpires(expiresAtMs) }
}

function toExpires(ms: number | undefined): Readonly<Record<string, string>> {
  return toMoment('expires', ms)
}

function toMoment(name: string, ms: number | undefined): Readonly<Record<string, string>> {
  return ms === undefined ? {} : { [name]: printInstant(ms) }
}

const SECOND_MS = 1_000

function printSecond(ms: number): string {
  return printInstant(Math.floor(ms / SECOND_MS) * SECOND_MS)
}
