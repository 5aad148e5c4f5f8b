import { parseDocument } from 'yaml'
import type { CheckTransport } from '../options.ts'
import { rootNamespace } from '../place.ts'
import type { Rendered } from './rendered.ts'
import { inCamelCase } from './spellings.ts'
import { at, listAt, textAt, type Unread } from './values.ts'

/** An entry of `extensionProviders` that asks an external authorizer. */
export interface MeshProvider {
  /** The ConfigMap. */
  readonly object: Rendered
  readonly name: string
  readonly transport: CheckTransport
  /** Of the Service, without the namespace that may stand before it. */
  readonly host: string
  readonly settings: Unread
}

const fields: readonly (readonly [field: string, CheckTransport])[] = [
  ['envoyExtAuthzGrpc', 'grpc'],
  ['envoyExtAuthzHttp', 'http'],
]

/** Mesh configuration that a ConfigMap holds; undefined for another ConfigMap. */
export function meshTextOf({ namespace, value }: Rendered): string | undefined {
  return namespace === rootNamespace ? textAt(value, 'data', 'mesh') : undefined
}

/**
 * What a mesh configuration says to istiod, which reads YAML 1.1 (`yes` is true) and takes `fail_open` for
 * `failOpen`; undefined for what is not YAML, which it does not take.
 */
export function meshOf(text: string): Unread {
  const document = parseDocument(text, { logLevel: 'error', version: '1.1' })
  if (document.errors.length > 0) return undefined
  try {
    return inCamelCase(document.toJS({ maxAliasCount: 100 }))
  } catch {
    return undefined
  }
}

/** The providers of all mesh configurations. */
export function providersOf(configMaps: readonly Rendered[]): readonly MeshProvider[] {
  return configMaps.flatMap((object) => {
    const text = meshTextOf(object)
    return text === undefined ? [] : listAt(meshOf(text), 'extensionProviders').flatMap(of(object))
  })
}

function of(object: Rendered): (entry: Unread) => readonly MeshProvider[] {
  return (entry) =>
    fields.flatMap(([field, transport]) => {
      const settings = at(entry, field)
      if (settings === undefined) return []
      const service = textAt(settings, 'service') ?? ''
      const host = service.slice(service.indexOf('/') + 1)
      return [{ object, name: textAt(entry, 'name') ?? '', transport, host, settings }]
    })
}
