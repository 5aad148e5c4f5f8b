/** The nine signature algorithms that kube-apiserver accepts (RFC 7518 §3.1). */
export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
] as const

export type Algorithm = (typeof algorithms)[number]
