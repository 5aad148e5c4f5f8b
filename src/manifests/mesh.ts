import type { Config } from '../config/types.ts'
import { headerLists } from './header-lists.ts'
import type { Manifest } from './manifest.ts'
import type { ManifestOptions } from './options.ts'
import { meshConfigName, rootNamespace } from './place.ts'
import { yamlOf } from './print.ts'
import { callerVariable, extensionProvider } from './provider.ts'

/** The mesh configuration that names Attaché as a provider. */
export function meshConfig(config: Config, options: ManifestOptions): Manifest {
  const mesh = yamlOf({ extensionProviders: [extensionProvider(config, options)] })
  return {
    why: `Tells istiod where Attaché is and what Envoy shows it. istiod reads this beside its own ConfigMap "istio", and adds the provider to those there by its name, once its Deployment has the variable: kubectl -n ${rootNamespace} set env deployment/istiod SHARED_MESH_CONFIG=${meshConfigName}. Or paste the text of "mesh" into the one of ConfigMap "istio", and leave this object out.${callerNote(config)}${listNote(config, options)}`,
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: rootNamespace, name: meshConfigName },
      data: { mesh },
    },
  }
}

function callerNote({ listen }: Config): string {
  if (listen.callerSecret === undefined) return ''
  return ` The gateway's pods must have the variable ${callerVariable} with what listen.callerSecretFile holds, from a Secret (env.valueFrom.secretKeyRef).`
}

function listNote(config: Config, { transport }: ManifestOptions): string {
  if (transport === 'grpc' || !headerLists(config).incomplete) return ''
  return ' An expression of the configuration reads headers whose names it does not spell out: add them to includeRequestHeadersInCheck, or it never sees them.'
}
