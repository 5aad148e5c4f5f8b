import type { Authenticated } from './authenticator.ts'

/**
 * Whoever sends no credential, where the configuration lets them in, as kube-apiserver names them. One
 * object for all, so that what is made from it is kept.
 */
export const anonymous: Authenticated = {
  kind: 'authenticated',
  user: {
    name: 'system:anonymous',
    uid: '',
    groups: ['system:unauthenticated'],
    extra: new Map(),
  },
  authenticator: 'anonymous',
  email: undefined,
  idToken: undefined,
  expiresAtMs: Number.POSITIVE_INFINITY,
}
