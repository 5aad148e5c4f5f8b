/** Expressions on one subject, all with the same variable. */
export interface CelCases {
  readonly about: string
  /** Which variable they see. Default: the claims. */
  readonly env?: 'claims' | 'user'
  /** JSON text of the claims. Default: {@link commonClaims}. */
  readonly claims?: string
  readonly expressions: readonly string[]
}

/** A claim of every JSON type, and names that need Kubernetes' escapes. */
export const commonClaims = JSON.stringify({
  iss: 'https://idp.example',
  aud: ['platform'],
  exp: 1_700_000_000,
  sub: 'alice',
  name: 'Ålice 𝒳 Müller',
  email: 'alice@team.example',
  email_verified: true,
  jti: 'token-1',
  n: 5,
  m: -3,
  zero: 0,
  frac: 1.5,
  big: 1e16,
  huge: 1e30,
  tiny: 1e-7,
  yes: true,
  no: false,
  nil: null,
  empty: '',
  digits: '42',
  list: ['a', 'b', 'c'],
  nums: [3, 1, 2],
  mixed: ['a', 1, true, null, { k: 'v' }, ['x']],
  none: [],
  object: {},
  groups: ['dev', 'ops', 'dev', ''],
  csv: 'red,green,,blue',
  time: '2024-02-29T23:59:59.123456789Z',
  duration: '1h30m',
  ip: '10.1.2.3',
  cidr: '10.0.0.0/8',
  url: 'https://user@host.example:8443/a/b?x=1&x=2#frag',
  quantity: '1.5Gi',
  semver: '1.2.3-rc.1+build',
  realm_access: { roles: ['admin', 'viewer'], level: 3, nil: null },
  nested: { a: { b: { c: 'deep' } }, list: [{ name: 'x' }, { name: 'y' }] },
  'example.com/team-x': 'blue',
  namespace: 'ns',
  if: 'reserved',
  in: 'operator',
  a__b: 'doubled',
  a__b__c: 'twice doubled',
  'kubernetes.io': { 'pod-name': 'p', pod__name: 'q' },
})
