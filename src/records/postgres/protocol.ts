// What the gateway's thread and the one that speaks to PostgreSQL ask each other. Types only.
import type { Documents, Election } from '../../core/documents.ts'
import type { PackedBatch } from '../packed-store.ts'
import type { PostgresStore } from './store.ts'

type Methods = Omit<PostgresStore, 'documents' | 'election' | 'scan' | 'write'> & {
  open(): Promise<void>
  writePacked(batch: PackedBatch): Promise<void>
  readDocument: Documents['read']
  writeDocument: Documents['write']
  removeDocument: Documents['remove']
  listDocuments: Documents['list']
  lead: Election['lead']
  resign: Election['resign']
}

/** Everything that can be asked, by its name: what a store does, and what its parts do. */
export type Calls = {
  readonly [Name in keyof Methods]: (...args: Parameters<Methods[Name]>) => Promise<Result<Name>>
}

export type Result<Name extends keyof Methods> = Awaited<ReturnType<Methods[Name]>>

export interface Question {
  readonly name: keyof Calls
  readonly args: readonly unknown[]
}

export interface ThreadData {
  readonly url: string
  readonly shown: string
}
