import type { Unread } from './values.ts'

/** An object of a rendered kustomization. */
export interface Rendered {
  readonly file: string
  /** Where its document begins. Counts from 1. */
  readonly line: number
  readonly apiVersion: string
  readonly kind: string
  /** Empty for what has none. */
  readonly namespace: string
  readonly name: string
  readonly value: Unread
}

/** `Kind namespace/name`. */
export function nameOf({ kind, namespace, name }: Rendered): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`
}
