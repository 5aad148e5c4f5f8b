import type { Config } from '../config/types.ts'
import { configuredNames } from './header-lists.ts'
import { appenderSource } from './lua.ts'
import { type Manifest, ManifestError, type ObjectName } from './manifest.ts'
import type { ManifestOptions } from './options.ts'
import { gatewayOf, named } from './place.ts'
import { maxTimeoutSeconds, portOf, statusOnError } from './provider.ts'

const apiVersion = 'gateway.envoyproxy.io/v1alpha1'

/** The objects around a Gateway of Envoy Gateway's. Throws `ManifestError` for what it cannot do. */
export function envoyGateway(config: Config, options: ManifestOptions): readonly Manifest[] {
  assertPossible(config, options)
  const gateway = gatewayOf('envoy-gateway', options)
  return [
    securityPolicy(config, { gateway, options }),
    referenceGrant(gateway, options),
    clientTrafficPolicy(config, gateway),
    ...(isImpersonating(config) ? [backendTrafficPolicy(gateway), appenderPolicy(gateway)] : []),
  ]
}

function isImpersonating({ routes }: Config): boolean {
  return routes.some(({ identity }) => identity === 'impersonate')
}

/** Envoy takes 100 lines of a request, its own pseudo headers among them, and Envoy Gateway cannot raise that. */
const mostHeaderLines = 60

function assertPossible(config: Config, { transport, uncheckedPaths }: ManifestOptions): void {
  if (transport === 'http') {
    refuse(
      'over HTTP it cannot show Attaché upgrades, and a foreign page could open a WebSocket with a session of another. Use --transport grpc, with listen.grpc',
    )
  }
  if (uncheckedPaths.length > 0) {
    refuse(
      'a SecurityPolicy has no paths. Give an HTTPRoute without it to what is not to be checked',
    )
  }
  const byFilter = [
    ...(config.routes.some((route) => route.allowImpersonation) ? ['allowImpersonation'] : []),
    ...(config.frontProxy === undefined ? [] : ['frontProxy']),
  ]
  if (byFilter.length > 0) {
    refuse(
      `${byFilter.join(' and ')} needs the pre-filter, and nothing of a user's stands before its check`,
    )
  }
  if (isImpersonating(config) && config.impersonate.maxHeaderLines > mostHeaderLines) {
    refuse(
      `it takes 100 headers of a request, those of the client among them. Set impersonate.maxHeaderLines to ${mostHeaderLines} or less`,
    )
  }
  if (config.listen.callerSecret !== undefined) {
    refuse(
      'it cannot add listen.callerSecretFile. Use mutual TLS, or listen.trustNetwork with a NetworkPolicy',
    )
  }
  if (config.clientCertificates?.source === 'checkRequest') {
    refuse('it does not show certificates in a check. Use clientCertificates.source: xfcc')
  }
}

function refuse(why: string): never {
  throw new ManifestError(`Cannot print for envoy-gateway: ${why}`)
}

function targeting({ name }: ObjectName): object {
  return { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name }] }
}

function securityPolicy(
  { listen }: Config,
  { gateway, options }: { readonly gateway: ObjectName; readonly options: ManifestOptions },
): Manifest {
  const { namespace, name } = options.service
  return {
    why: 'Every request of this Gateway is checked, and no answer is a no. A SecurityPolicy of a single route would take the place of this one: such a route would be neither checked nor free of what a client says of itself.',
    object: {
      apiVersion,
      kind: 'SecurityPolicy',
      metadata: named({ gateway }),
      spec: {
        ...targeting(gateway),
        extAuth: {
          failOpen: false,
          statusOnError: Number(statusOnError),
          timeout: `${maxTimeoutSeconds}s`,
          grpc: { backendRefs: [{ namespace, name, port: portOf(listen, 'grpc') }] },
        },
      },
    },
  }
}

function referenceGrant(gateway: ObjectName, { service }: ManifestOptions): Manifest {
  const from = { group: 'gateway.envoyproxy.io', kind: 'SecurityPolicy' }
  return {
    why: 'Lets the SecurityPolicy name a Service of another namespace. Without it Envoy Gateway answers 500 to everything.',
    object: {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { namespace: service.namespace, name: named({ gateway }).name },
      spec: {
        from: [{ ...from, namespace: gateway.namespace }],
        to: [{ group: '', kind: 'Service', name: service.name }],
      },
    },
  }
}

function clientTrafficPolicy(config: Config, gateway: ObjectName): Manifest {
  const prefixes = ['kubeflow-', 'x-remote-', 'x-envoy-auth-', 'x-attache-']
  // Taken away unseen, kubectl --as would act as the caller: Attaché must refuse it.
  const clientImpersonation = isImpersonating(config) ? [] : ['impersonate-']
  const usual = ['x-forwarded-user', 'x-forwarded-groups', 'x-forwarded-email']
  const names = [...new Set([...usual, ...configuredNames(config)])].filter(
    (name) => !prefixes.some((prefix) => name.startsWith(prefix)),
  )
  return {
    why: "Takes a client's identity headers away before anything else, whether the request is checked then or not. Paths are the same for Envoy, Attaché and the upstream, and names with an underscore some upstreams read as the ones with a dash.",
    object: {
      apiVersion,
      kind: 'ClientTrafficPolicy',
      metadata: named({ gateway }),
      spec: {
        ...targeting(gateway),
        headers: {
          earlyRequestHeaders: {
            removeOnMatch: [
              ...[...clientImpersonation, ...prefixes].map((value) => ({ type: 'Prefix', value })),
              ...names.map((value) => ({ type: 'Exact', value })),
            ],
          },
          withUnderscoresAction: 'RejectRequest',
        },
        path: { disableMergeSlashes: false, escapedSlashesAction: 'UnescapeAndRedirect' },
      },
    },
  }
}

function backendTrafficPolicy(gateway: ObjectName): Manifest {
  return {
    why: 'kubectl exec and its like over SPDY, and watches that last. Envoy Gateway has no setting for more than 100 headers of a request.',
    object: {
      apiVersion,
      kind: 'BackendTrafficPolicy',
      metadata: named({ gateway }),
      spec: {
        ...targeting(gateway),
        httpUpgrade: [{ type: 'websocket' }, { type: 'spdy/3.1' }],
        timeout: { http: { requestTimeout: '0s' } },
      },
    },
  }
}

function appenderPolicy(gateway: ObjectName): Manifest {
  return {
    why: 'Over gRPC Envoy cannot add a header line for each group, so Attaché names them in metadata and this adds them, behind the check. It may add the credential that acts as anybody, to whichever HTTPRoute takes the request: let only your own attach to this Gateway (allowedRoutes).',
    object: {
      apiVersion,
      kind: 'EnvoyExtensionPolicy',
      metadata: named({ gateway }),
      spec: { ...targeting(gateway), lua: [{ type: 'Inline', inline: appenderSource() }] },
    },
  }
}
