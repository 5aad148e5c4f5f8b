/** Method calls of every receiver with every list of arguments: `x.f(a)`. */
export function methods(receivers: readonly string[], invocations: readonly string[]): string[] {
  return receivers.flatMap((receiver) => invocations.map((call) => `${receiver}.${call}`))
}

/** Function calls with every list of arguments: `f(a)`. */
export function calls(names: readonly string[], args: readonly string[]): string[] {
  return names.flatMap((name) => args.map((arg) => `${name}(${arg})`))
}

/** Values as literals of JSON, which are CEL's too. */
export function literals(values: readonly (string | number | boolean)[]): string[] {
  return values.map((value) => JSON.stringify(value))
}

/** The indices of a list claim: `claims.v[0]`, `claims.v[1]` …: values that no compiler can fold. */
export function elements(claim: string, values: readonly unknown[]): string[] {
  return values.map((_, index) => `${claim}[${index}]`)
}
