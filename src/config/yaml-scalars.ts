/** What a plain (unquoted) YAML scalar stands for. */
export type Scalar = string | number | boolean | null

const nulls = new Set(['', '~', 'null', 'Null', 'NULL'])

/** Resolves as the core schema does: {@link https://yaml.org/spec/1.2.2/#1032-tag-resolution YAML 1.2 §10.3.2}. */
export function coreScalar(source: string): Scalar {
  if (nulls.has(source)) return null
  if (/^(?:true|True|TRUE)$/.test(source)) return true
  if (/^(?:false|False|FALSE)$/.test(source)) return false
  if (/^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/.test(source)) return Number(source)
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(source))
    return Number(source)
  if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(source)) return Number.NaN
  return source
}

const go = {
  true: /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/,
  false: /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/,
  // strconv.ParseInt with base 0, then go-yaml's own test for floats.
  integer: /^[-+]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/,
  float: /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/,
  special: /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
}

/**
 * Resolves as kube-apiserver does (sigs.k8s.io/yaml on go-yaml 2, YAML 1.1): unquoted `yes` and `on`
 * are booleans, `1_000` is a number, a date is a string. What number it is never matters, as
 * AuthenticationConfiguration has no field for one; all that counts is that it is no string.
 */
export function kubernetesScalar(source: string): Scalar {
  if (nulls.has(source)) return null
  if (go.true.test(source)) return true
  if (go.false.test(source)) return false
  if (go.special.test(source)) return Number.NaN
  const plain = /^[-+0-9]/.test(source) ? source.replaceAll('_', '') : source
  if (go.integer.test(plain) || go.float.test(plain)) return Number.parseFloat(plain)
  return source
}
