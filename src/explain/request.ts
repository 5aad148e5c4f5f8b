import { isIP } from 'node:net'
import type { CheckInput } from '../check-input.ts'
import { receiveLine } from '../headers/received.ts'

/** What the command line says about the request to explain. */
export interface RequestOptions {
  /** Absolute; query included. */
  readonly url: string
  readonly method: string
  /** Lines as `name: value`. */
  readonly headers: readonly string[]
  /** Sent as `Authorization: Bearer`. */
  readonly token: string | undefined
  /** Address of Envoy's peer; undefined: not known. */
  readonly source: string | undefined
}

/**
 * The request as Envoy would describe it. Throws `SyntaxError` that says which option is wrong, without
 * quoting a header's value, which may be a credential.
 */
export function readRequest({ url, method, headers, token, source }: RequestOptions): CheckInput {
  const match = /^https?:\/\/([^/?#@\s]+)([/?][^#\s]*)?$/i.exec(url)
  if (match === null) {
    throw new SyntaxError('Cannot use --url: write https://HOST/PATH, without user and fragment')
  }
  const [, host = '', path = '/'] = match
  const received = new Map<string, string>()
  for (const [index, line] of headers.entries()) {
    const [, name, value] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/s.exec(line) ?? []
    if (name === undefined || value === undefined) {
      throw new SyntaxError(`Cannot use --header number ${index + 1}: write 'NAME: VALUE'`)
    }
    receiveLine(received, [name.toLowerCase(), value])
  }
  if (token !== undefined) receiveLine(received, ['authorization', `Bearer ${token}`])
  if (source !== undefined && isIP(source) === 0) {
    throw new SyntaxError('Cannot use --source: write an IP address, without port')
  }
  return {
    transport: 'grpc',
    method,
    host,
    // A URL without a path asks for the root.
    path: path.startsWith('?') ? `/${path}` : path,
    headers: received,
    source,
    certificate: undefined,
  }
}
