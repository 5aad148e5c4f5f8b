const hidden = 'REDACTED'

/** Names of parameters that carry credentials, without case and separators (`access_token`). */
const secretName =
  /token|secret|passw|pwd|credential|assertion|signature|apikey|accesskey|privatekey|session|jwt|bearer|cookie|nonce|verifier|saml|(?:code|state|auth|authorization|otp)$|^(?:key|sig|sid|pin|pass|ticket)$/

/** `name=value` in a query, a fragment, or after the `;` of a path. */
const parameter = /([?&;#])([^=?&;#]*)=([^?&;#]*)/g

/**
 * A request target as an audit line may hold it: values of parameters that carry secrets (`code`, `state`,
 * `access_token` …) are replaced by `REDACTED`, as is whatever looks like a JWT. Escapes do not hide a
 * name, nor does a target within a parameter (`rd=%2Fcallback%3Fcode%3D…`).
 */
export function redactTarget(target: string): string {
  return redactUserInfo(
    redactJwts(
      target.replaceAll(parameter, (whole, start: string, name: string, value: string) =>
        isSecret(name) || holdsSecret(value) ? `${start}${name}=${hidden}` : whole,
      ),
    ),
  )
}

/** An authority without the user info that RFC 9110 §4.2.4 forbids there. */
export function redactHost(host: string): string {
  return redactJwts(host.replace(/^.*@/s, `${hidden}@`))
}

function isSecret(name: string): boolean {
  const plain = decodeDeeply(name)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
  return secretName.test(plain)
}

function holdsSecret(value: string): boolean {
  if (!value.includes('%')) return false
  const decoded = decodeDeeply(value)
  return (
    redactJwts(decoded) !== decoded || redactUserInfo(decoded) !== decoded || namesSecret(decoded)
  )
}

function namesSecret(text: string): boolean {
  for (const [, , name = ''] of `?${text}`.matchAll(parameter)) if (isSecret(name)) return true
  return false
}

/** `https://user:password@host`. */
function redactUserInfo(text: string): string {
  return text.includes('@') ? text.replaceAll(/\/\/[^/?#@]*@/g, `//${hidden}@`) : text
}

/** A JWT begins with `{"` in base64url. In runs, since a search at each `eyJ` could take forever. */
function redactJwts(text: string): string {
  if (!text.includes('eyJ')) return text
  return text.replaceAll(/[\w.-]+/g, (run) => {
    const start = run.indexOf('eyJ')
    if (start === -1 || !/\..*\./.test(run.slice(start))) return run
    return `${run.slice(0, start)}${hidden}`
  })
}

/** As often as a chain of proxies may decode it; what is malformed stays, as lenient readers leave it. */
function decodeDeeply(text: string): string {
  let decoded = text
  for (let round = 0; round < 3 && decoded.includes('%'); round += 1) {
    decoded = decoded.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
  return decoded
}
