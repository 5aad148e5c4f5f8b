/**
 * What is wrong with the key of an extra, by kube-apiserver's rules (IsDomainPrefixedPath): an RFC 1123
 * subdomain of 253 characters at most, whose labels may have any length, `/`, and characters of a path.
 * `%` needs nothing after it. What is Kubernetes' own is reserved.
 */
export function extraKeyFault(key: string): string | undefined {
  if (key === '') return 'is missing'
  const [, domain = '', path = ''] = /^([^/]*)\/(.*)$/s.exec(key) ?? []
  if (domain === '' || path === '') return 'must be a domain, "/" and a path'
  if (domain.length > 253) return 'must have a domain of 253 characters at most'
  if (!subdomain.test(domain)) {
    return 'must begin with a domain: lower-case letters, digits, "-" and ".", with a letter or digit at each end of a label'
  }
  if (!pathCharacters.test(path)) return 'must have characters of a path after "/"'
  if (key !== key.toLowerCase()) return 'must be lower-case'
  if (reserved.test(domain)) return 'must not be of kubernetes.io or k8s.io, which are reserved'
  return undefined
}

const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const pathCharacters = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/
const reserved = /(?:^|\.)(?:kubernetes|k8s)\.io$/
