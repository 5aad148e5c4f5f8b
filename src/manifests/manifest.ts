/**
 * `manifests/` knows what must stand around Attaché so that Envoy asks it and obeys: it prints the objects
 * of Istio and Envoy Gateway that fit a configuration, and finds the faults of rendered ones (`check/`). It
 * touches neither the network nor the cluster.
 */

/** Namespace and name, as `NAMESPACE/NAME` on the command line. */
export interface ObjectName {
  readonly namespace: string
  readonly name: string
}

/** A Kubernetes object to print. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectName
  readonly spec?: object
  readonly data?: Readonly<Record<string, string>>
}

/** An object, and the sentences that say why it is there. */
export interface Manifest {
  readonly why: string
  readonly object: KubernetesObject
}

/** What cannot be printed for a configuration; the message says what to change. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}
