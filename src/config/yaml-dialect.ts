import type { Scalar as YamlScalar } from 'yaml'
import type { Substitution } from './substitute.ts'
import type { Scalar } from './yaml-scalars.ts'

/** A scalar as it stands in the file. */
export interface WrittenScalar {
  /** Without quotes, escapes resolved. */
  readonly text: string
  /** Not in quotes and no block. */
  readonly isPlain: boolean
  /** In full: `tag:yaml.org,2002:str`. */
  readonly tag: string | undefined
  /** With quotes and escapes. */
  readonly raw: string
  /** Where it starts in the file. */
  readonly start: number
  /** Whether it stands within `[…]` or `{…}`. */
  readonly isInFlow: boolean
}

/** What a scalar stands for, or why it stands for nothing. */
export type ScalarReading =
  | { readonly ok: true; readonly value: Scalar }
  | { readonly ok: false; readonly message: string }

/** What a key is called, or why it is none. */
export type KeyReading =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly message: string }

/** How scalars, variables, tags and merge keys of a part of the file are read. */
export interface Dialect {
  readonly scalar: (written: WrittenScalar) => ScalarReading
  /** What a key is called; `after` is the file from the key's end. */
  readonly key: (written: WrittenScalar, after: string) => KeyReading
  readonly substitute: (text: string) => Substitution
  /** As kube-apiserver's reader: `<<` merges, a key may be an alias, and a map's tag means nothing. */
  readonly likeKubernetes: boolean
}

/** What the parser made of a scalar, and where it came from. */
export function writtenScalar(
  node: YamlScalar,
  { text, isInFlow }: { readonly text: string; readonly isInFlow: boolean },
): WrittenScalar {
  const [start, end] = node.range ?? [0, 0]
  return {
    text: typeof node.value === 'string' ? node.value : (node.source ?? ''),
    isPlain: node.type === 'PLAIN',
    tag: node.tag,
    raw: text.slice(start, end),
    start,
    isInFlow,
  }
}

/** What {@link isClosed} finds wrong. */
export const notClosed = { ok: false, message: 'is no YAML: the quote is not closed' } as const

/** Whether its quotes are; the parser takes one that is escaped at the end of a line for the closing one. */
export function isClosed({ raw }: WrittenScalar): boolean {
  if (raw.startsWith("'")) return /^'(?:[^']|'')*'$/.test(raw)
  return !raw.startsWith('"') || /^"(?:[^"\\]|\\.)*"$/s.test(raw)
}
