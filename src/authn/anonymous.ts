import { anonymousName, unauthenticatedGroup } from '../kubernetes/names.ts'
import { authenticated } from './authenticated.ts'

/**
 * Whoever sends no credential, where the configuration lets them in, as kube-apiserver names them. One
 * object for all, so that what is made from it is kept.
 */
export const anonymous = authenticated(
  { name: anonymousName, uid: '', groups: [unauthenticatedGroup], extra: new Map() },
  { by: 'anonymous', expiresAtMs: Number.POSITIVE_INFINITY },
)
