import type { Library, Overload } from '../library.ts'
import { boolType, type CelType, opaqueType, stringType } from '../type.ts'
import { celError } from '../value.ts'

const authorizer = opaqueType('kubernetes.authorization.Authorizer')
const pathCheck = opaqueType('kubernetes.authorization.PathCheck')
const groupCheck = opaqueType('kubernetes.authorization.GroupCheck')
const resourceCheck = opaqueType('kubernetes.authorization.ResourceCheck')
const decision = opaqueType('kubernetes.authorization.Decision')

type Signature = readonly [id: string, target: CelType, args: number, result: CelType]

/** Every one is a method, and its arguments are texts. */
const signatures: Readonly<Record<string, readonly Signature[]>> = {
  path: [['authorizer_path', authorizer, 1, pathCheck]],
  group: [['authorizer_group', authorizer, 1, groupCheck]],
  serviceAccount: [['authorizer_serviceaccount', authorizer, 2, authorizer]],
  resource: [['groupcheck_resource', groupCheck, 1, resourceCheck]],
  subresource: [['resourcecheck_subresource', resourceCheck, 1, resourceCheck]],
  namespace: [['resourcecheck_namespace', resourceCheck, 1, resourceCheck]],
  name: [['resourcecheck_name', resourceCheck, 1, resourceCheck]],
  fieldSelector: [['authorizer_fieldselector', resourceCheck, 1, resourceCheck]],
  labelSelector: [['authorizer_labelselector', resourceCheck, 1, resourceCheck]],
  check: [
    ['pathcheck_check', pathCheck, 1, decision],
    ['resourcecheck_check', resourceCheck, 1, decision],
  ],
  errored: [['decision_errored', decision, 0, boolType]],
  error: [['decision_error', decision, 0, stringType]],
  allowed: [['decision_allowed', decision, 0, boolType]],
  reason: [['decision_reason', decision, 0, stringType]],
}

/**
 * Kubernetes' functions for authorization, declared only: no expression has an authorizer here, as in
 * Kubernetes' own authentication, so that a program may name them but no value fits.
 */
export const authorization: Library = {
  functions: Object.entries(signatures).map(([name, all]) => ({
    name,
    overloads: all.map(method),
  })),
}

function method([id, target, args, result]: Signature): Overload {
  return {
    id,
    isMember: true,
    parameters: [target, ...Array.from({ length: args }, () => stringType)],
    result,
    call: () => celError('no such overload'),
  }
}
