import { resolve } from 'node:path'
import { type Algorithm, algorithms } from '../authn/jwt/jws.ts'
import { trimWhiteSpace } from '../authn/white-space.ts'
import type { ConfigProblem } from '../errors.ts'
import type { AuthenticationSettings } from './authentication.ts'
import { type AuthenticationRules, buildAuthentication } from './authentication-rules.ts'
import { quote, type Reporter } from './document.ts'
import type { Files } from './files.ts'
import type { OidcFlag, OidcFlagName } from './oidc-flags.ts'
import type { RawAuthentication, RawJwt } from './schema/authentication.ts'

/** What flags make, or everything that is wrong with them. */
export type FromFlags =
  | { readonly ok: true; readonly rules: AuthenticationRules }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/**
 * The issuer that kube-apiserver's `--oidc-…` flags describe, with its meaning and defaults. A CA file is
 * relative to the working directory, where the flag is typed.
 */
export function buildFromFlags(
  flags: readonly OidcFlag[],
  { files, ...settings }: AuthenticationSettings & { readonly files: Files },
): FromFlags {
  const problems: ConfigProblem[] = []
  const report: Report = (name, message) => {
    problems.push({ file: `--${name}`, line: 0, column: 0, path: '', message })
  }
  const jwt = readEntry(flags, { files, report })
  const signingAlgorithms = readAlgorithms(valuesOf(flags, 'oidc-signing-algs'), report)
  const { issuers } = buildAuthentication(reporterOf(report), configuration(jwt), {
    root: '',
    insecureIssuers: new Set(settings.insecureIssuers),
    compilers: settings.compilers,
  })
  if (problems.length > 0) return { ok: false, problems }
  const own = issuers.map((issuer) => ({ ...issuer, algorithms: signingAlgorithms }))
  return { ok: true, rules: { issuers: own, anonymous: undefined } }
}

type Report = (name: OidcFlagName, message: string) => void

function configuration(jwt: RawJwt): RawAuthentication {
  const apiVersion = 'apiserver.config.k8s.io/v1'
  return { apiVersion, kind: 'AuthenticationConfiguration', jwt: [jwt] }
}

function valuesOf(flags: readonly OidcFlag[], wanted: OidcFlagName): readonly string[] {
  return flags.filter(({ name }) => name === wanted).map(({ value }) => value)
}

/** The entry of an AuthenticationConfiguration that means the same. Of a repeated flag the last counts. */
function readEntry(
  flags: readonly OidcFlag[],
  { files, report }: { readonly files: Files; readonly report: Report },
): RawJwt {
  const last = (name: OidcFlagName, fallback = '') => valuesOf(flags, name).at(-1) ?? fallback
  const url = last('oidc-issuer-url')
  const clientID = last('oidc-client-id')
  const missing = 'is missing: it must stand beside every other --oidc-… flag'
  if (url === '') report('oidc-issuer-url', missing)
  if (clientID === '') report('oidc-client-id', missing)
  const claim = last('oidc-username-claim', 'sub')
  if (claim === '') report('oidc-username-claim', 'must not be empty')
  const prefix = usernamePrefix({ claim, url, given: last('oidc-username-prefix') })
  return {
    issuer: {
      // What is missing is reported already.
      url: url === '' ? 'https://missing' : url,
      audiences: [clientID === '' ? 'missing' : clientID],
      certificateAuthority: readAuthority(files, { name: last('oidc-ca-file'), report }),
    },
    claimMappings: {
      username: { claim: claim === '' ? 'sub' : claim, prefix },
      groups: { claim: last('oidc-groups-claim'), prefix: last('oidc-groups-prefix') },
    },
    claimValidationRules: readRequired(valuesOf(flags, 'oidc-required-claim'), report),
  }
}

/** `-` is none; without one every claim but `email` is told apart by its issuer. */
function usernamePrefix(name: {
  readonly claim: string
  readonly url: string
  readonly given: string
}): string {
  if (name.given === '-') return ''
  return name.given === '' && name.claim !== 'email' ? `${name.url}#` : name.given
}

function readAuthority(
  files: Files,
  { name, report }: { readonly name: string; readonly report: Report },
): string {
  if (name === '') return ''
  const content = files.read(resolve(name))
  const fault = content.ok ? 'it is empty' : content.why
  if (content.ok && content.text !== '') return content.text
  report('oidc-ca-file', `Cannot use the file that is named here: ${fault}`)
  return ''
}

/** Comma-separated, in quotes or not, and every flag adds to them; RS256 when none is named. */
function readAlgorithms(values: readonly string[], report: Report): readonly Algorithm[] {
  const named = values
    .flatMap((value) => (value === '' ? [] : value.split(',')))
    .map((name) => /^"([^"]*)"$/.exec(name)?.[1] ?? name)
  const unknown = named.filter((name) => !algorithms.some((known) => known === name))
  for (const name of unknown) {
    report('oidc-signing-algs', `must be of ${algorithms.join(', ')} (got ${quote(name)})`)
  }
  return named.length === 0 ? ['RS256'] : algorithms.filter((known) => named.includes(known))
}

/** `NAME=VALUE` each, without the blanks around both; of a repeated name the last counts. */
function readRequired(
  values: readonly string[],
  report: Report,
): NonNullable<RawJwt['claimValidationRules']> {
  const required = new Map<string, string>()
  for (const value of values) {
    const equals = value.indexOf('=')
    const claim = trimWhiteSpace(value.slice(0, Math.max(equals, 0)))
    if (claim === '') report('oidc-required-claim', `must be NAME=VALUE (got ${quote(value)})`)
    else required.set(claim, trimWhiteSpace(value.slice(equals + 1)))
  }
  return [...required].map(([claim, requiredValue]) => ({ claim, requiredValue }))
}

/** Which flag is behind a part of the entry. */
const parts: readonly (readonly [string, OidcFlagName])[] = [
  ['jwt[0].issuer.certificateAuthority', 'oidc-ca-file'],
  ['jwt[0].issuer.audiences', 'oidc-client-id'],
  ['jwt[0].issuer', 'oidc-issuer-url'],
  ['jwt[0].claimMappings.groups', 'oidc-groups-claim'],
  ['jwt[0].claimMappings', 'oidc-username-claim'],
  ['jwt[0].claimValidationRules', 'oidc-required-claim'],
]

/** Tells findings about the entry under the names of the flags. */
function reporterOf(report: Report): Reporter {
  return {
    report: (path, message) => {
      const [, name = 'oidc-issuer-url'] = parts.find(([part]) => path.startsWith(part)) ?? []
      report(name, message)
    },
    got: (_, found) => (typeof found === 'string' ? ` (got ${quote(found)})` : ''),
  }
}
