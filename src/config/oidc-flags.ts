const names = [
  'oidc-issuer-url',
  'oidc-client-id',
  'oidc-ca-file',
  'oidc-username-claim',
  'oidc-username-prefix',
  'oidc-groups-claim',
  'oidc-groups-prefix',
  'oidc-signing-algs',
  'oidc-required-claim',
] as const

export type OidcFlagName = (typeof names)[number]

/** One flag of kube-apiserver as it was given, such as `--oidc-issuer-url`. */
export interface OidcFlag {
  readonly name: OidcFlagName
  readonly value: string
}

/** Arguments with kube-apiserver's flags taken out of them. */
export interface TakenFlags {
  readonly flags: readonly OidcFlag[]
  readonly rest: readonly string[]
}

/**
 * Takes `--oidc-…` out of arguments as kube-apiserver reads them: `--name value`, whatever the value
 * begins with, or `--name=value`, and `_` for `-` in a name. Throws SyntaxError for one that has no value
 * or that kube-apiserver does not have.
 */
export function takeOidcFlags(args: readonly string[]): TakenFlags {
  const flags: OidcFlag[] = []
  const rest: string[] = []
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? ''
    const [, given, attached] = /^--(oidc[-_][^=]*)(?:=(.*))?$/s.exec(arg) ?? []
    if (given === undefined) {
      if (arg === '--') return { flags, rest: [...rest, ...args.slice(index)] }
      rest.push(arg)
      continue
    }
    const name = names.find((known) => known === given.replaceAll('_', '-'))
    if (name === undefined) throw new SyntaxError(`Cannot use "--${given}": no such flag`)
    if (attached === undefined) index += 1
    const value = attached ?? args[index]
    if (value === undefined) throw new SyntaxError(`Cannot use "--${name}": it needs a value`)
    flags.push({ name, value })
  }
  return { flags, rest }
}
