import { hash } from 'node:crypto'
import type { HeaderLine } from '../headers/changes.ts'

/** A file that pages refer to. */
export interface Asset {
  /** Text, whatever it shows: over gRPC the body of a denial is a protobuf string. */
  readonly body: string
  /** Changes with the body; in the address it lets a browser keep the file for good. */
  readonly version: string
  /** Without those about caching. */
  readonly headers: readonly HeaderLine[]
}

/** The file with this body. `more` are header lines besides its type. */
export function createAsset(
  contentType: string,
  { body, more = [] }: { readonly body: string; readonly more?: readonly HeaderLine[] },
): Asset {
  return {
    body,
    version: hash('sha256', body, 'base64url').slice(0, 12),
    headers: [
      ['content-type', contentType],
      ['x-content-type-options', 'nosniff'],
      ['cross-origin-resource-policy', 'same-origin'],
      ...more,
    ],
  }
}

/** The address of the file at a path: another one whenever the file is another. */
export function assetURL(path: string, { version }: Asset): string {
  return `${path}?v=${version}`
}
