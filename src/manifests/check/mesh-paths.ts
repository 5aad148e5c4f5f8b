import { type Finding, fault } from './finding.ts'
import type { Installation } from './installation.ts'
import { meshOf, meshTextOf } from './mesh-providers.ts'
import { at } from './values.ts'

/** Whether Envoy normalises paths before anybody looks at them, as Istio has it without a setting. */
export function checkMeshPaths({ ofKind, ownPolicies }: Installation): readonly Finding[] {
  if (ownPolicies.length === 0) return []
  return ofKind('ConfigMap').flatMap((object) => {
    const text = meshTextOf(object)
    const mesh = text === undefined ? undefined : meshOf(text)
    const normalization = at(mesh, 'pathNormalization', 'normalization')
    // Protocol Buffers' JSON takes the number of a value for its name.
    if (normalization !== 'NONE' && normalization !== 1) return []
    return [
      fault(object, {
        what: `sets pathNormalization.normalization: ${normalization}`,
        effect:
          'Envoy routes by paths as clients write them: policies of Istio and upstreams read another path than was judged',
        fix: 'remove it, or set BASE',
      }),
    ]
  })
}
