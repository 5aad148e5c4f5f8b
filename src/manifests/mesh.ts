import type { Config } from '../config/types.ts'
import { headerLists } from './header-lists.ts'
import type { Manifest } from './manifest.ts'
import type { ManifestOptions } from './options.ts'
import { meshConfigName, rootNamespace } from './place.ts'
import { yamlOf } from './print.ts'
import { callerVariable, extensionProvider } from './provider.ts'

/** The variable of istiod by which it reads a second ConfigMap. */
export const meshVariable = 'SHARED_MESH_CONFIG'

/**
 * The variable of istiod by which Envoy itself fetches keys from a Service of the mesh. istiod, where it cannot
 * have them at once, tries for seven seconds, then forgets about them until something else changes.
 */
export const keysVariable = 'PILOT_JWT_ENABLE_REMOTE_JWKS'

/** The mesh configuration that names Attaché as a provider. */
export function meshConfig(config: Config, options: ManifestOptions): Manifest {
  const mesh = yamlOf({ extensionProviders: [extensionProvider(config, options)] })
  const command = `kubectl -n ${rootNamespace} set env deployment/istiod ${meshVariable}=${meshConfigName}`
  return {
    why: `Tells istiod where Attaché is and what Envoy shows it. istiod reads this beside its own ConfigMap "istio", and adds the provider to those there by its name, once its Deployment has the variable: ${command}. Or paste the text of "mesh" into the one of ConfigMap "istio", and leave this object out.${keysNote(config)}${callerNote(config)}${listNote(config, options)}`,
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: rootNamespace, name: meshConfigName },
      data: { mesh },
    },
  }
}

function keysNote({ identityToken }: Config): string {
  if (identityToken === undefined) return ''
  return ` In both cases set ${keysVariable}=hybrid: istiod gives up on the keys of identity tokens where it starts before Attaché.`
}

function callerNote({ listen }: Config): string {
  if (listen.callerSecret === undefined) return ''
  return ` The gateway's pods must have the variable ${callerVariable} with what listen.callerSecretFile holds, from a Secret (env.valueFrom.secretKeyRef).`
}

function listNote(config: Config, { transport }: ManifestOptions): string {
  if (transport === 'grpc' || !headerLists(config).incomplete) return ''
  return ' An expression of the configuration reads headers whose names it does not spell out: add them to includeRequestHeadersInCheck, or it never sees them.'
}
