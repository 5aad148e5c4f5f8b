import type { Library, Overload } from '../library.ts'
import { boolType, type CelType, opaqueType, stringType } from '../type.ts'
import { celError } from '../value.ts'
import { declare, method } from './define.ts'

const authorizer = opaqueType('kubernetes.authorization.Authorizer')
const pathCheck = opaqueType('kubernetes.authorization.PathCheck')
const groupCheck = opaqueType('kubernetes.authorization.GroupCheck')
const resourceCheck = opaqueType('kubernetes.authorization.ResourceCheck')
const decision = opaqueType('kubernetes.authorization.Decision')

/**
 * Kubernetes' authorization checks. Authenticators have no authorizer to ask, so that there is no value
 * of these types; but an expression such as `claims.a.allowed()` is accepted when it is loaded, and
 * fails when it runs.
 */
export const authz: Library = {
  functions: [
    declare('path', step('authorizer_path', [authorizer, stringType], pathCheck)),
    declare('group', step('authorizer_group', [authorizer, stringType], groupCheck)),
    declare(
      'serviceAccount',
      step('authorizer_serviceaccount', [authorizer, stringType, stringType], authorizer),
    ),
    declare('resource', step('groupcheck_resource', [groupCheck, stringType], resourceCheck)),
    ...(['subresource', 'namespace', 'name'] as const).map((name) =>
      declare(name, step(`resourcecheck_${name}`, [resourceCheck, stringType], resourceCheck)),
    ),
    ...(['fieldSelector', 'labelSelector'] as const).map((name) =>
      declare(
        name,
        step(`authorizer_${name.toLowerCase()}`, [resourceCheck, stringType], resourceCheck),
      ),
    ),
    declare(
      'check',
      step('pathcheck_check', [pathCheck, stringType], decision),
      step('resourcecheck_check', [resourceCheck, stringType], decision),
    ),
    declare('errored', step('decision_errored', [decision], boolType)),
    declare('error', step('decision_error', [decision], stringType)),
    declare('allowed', step('decision_allowed', [decision], boolType)),
    declare('reason', step('decision_reason', [decision], stringType)),
  ],
}

function step(id: string, parameters: readonly CelType[], result: CelType): Overload {
  return method({ id, parameters, result, call: () => celError('no such overload') })
}
