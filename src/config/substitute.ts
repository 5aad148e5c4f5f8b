/** The environment as `main.ts` hands it down. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A string with its variables filled in, or why that cannot be. */
export type Substitution =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string }

/**
 * Replaces `${NAME}` by the environment's value and `$${` by a literal `${`. What a variable holds is
 * not looked at again, so a value cannot name further variables.
 */
export function substitute(text: string, env: Environment): Substitution {
  const faults: string[] = []
  const result = text.replaceAll(
    /\$\$\{|\$\{([^}]*)(\}?)/g,
    (match, name?: string, end?: string) => {
      if (match === '$${') return '${'
      if (end !== '}' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name ?? '')) {
        faults.push(
          'has a ${ that is no ${NAME}: close it, or write $${ for the two characters themselves',
        )
        return ''
      }
      const value = Object.hasOwn(env, name ?? '') ? env[name ?? ''] : undefined
      if (value === undefined) {
        faults.push(
          `names the environment variable "${name}", which is not set: set it, or write $\${${name}} for the text itself`,
        )
      }
      return value ?? ''
    },
  )
  return faults.length === 0
    ? { ok: true, text: result }
    : { ok: false, message: faults.join('; ') }
}
