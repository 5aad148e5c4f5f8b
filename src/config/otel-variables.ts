import { quote } from './document.ts'
import type { Environment } from './substitute.ts'

/**
 * Reads OpenTelemetry's environment variables strictly: where the specification lets a program go on
 * with a default, a value that makes no sense is reported. An empty one counts as unset, as it says.
 * @see {@link https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ Environment variables}
 */
export interface OtelVariables {
  readonly text: (name: string) => string | undefined
  readonly flag: (name: string) => boolean
  /** In any case. */
  readonly choice: <T extends string>(
    name: string,
    options: { readonly values: readonly T[]; readonly fallback: T },
  ) => T
  /** Whole numbers, both ends included. */
  readonly count: (
    name: string,
    options: { readonly min: number; readonly max: number; readonly fallback: number },
  ) => number
  /** `key=value,key=value`; percent-encoded, and a later key counts. */
  readonly pairs: (name: string) => ReadonlyMap<string, string>
  readonly url: (name: string) => URL | undefined
  readonly report: (name: string, message: string) => void
  /**
   * The variable that says `what` of the exporter of traces: the one for traces alone where it is set,
   * else the one for everything.
   */
  readonly ofTraces: (what: string) => string
}

/** `report` gets whole sentences. A value of a header is in none of them: it may be a key. */
export function otelVariables(
  env: Environment,
  reportMessage: (message: string) => void,
): OtelVariables {
  const text = (name: string) => {
    const value = Object.hasOwn(env, name) ? env[name]?.trim() : undefined
    return value === '' ? undefined : value
  }
  const report = (name: string, message: string): void => reportMessage(`${name} ${message}`)

  const choice: OtelVariables['choice'] = (name, { values, fallback }) => {
    const given = text(name)
    if (given === undefined) return fallback
    const chosen = values.find((value) => value === given.toLowerCase())
    if (chosen === undefined) report(name, `must be ${alternatives(values)} (got ${quote(given)})`)
    return chosen ?? fallback
  }

  return {
    text,
    flag: (name) => choice(name, { values: ['true', 'false'], fallback: 'false' }) === 'true',
    choice,
    count: (name, { min, max, fallback }) => {
      const given = text(name)
      if (given === undefined) return fallback
      const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN
      if (number >= min && number <= max) return number
      report(name, `must be a whole number from ${min} to ${max} (got ${quote(given)})`)
      return fallback
    },
    pairs: (name) => {
      const pairs = new Map<string, string>()
      for (const [index, item] of (text(name) ?? '').split(',').entries()) {
        if (item.trim() === '') continue
        const pair = readPair(item)
        if (pair === undefined)
          report(name, `must be key=value,key=value: entry ${index + 1} is not`)
        else pairs.set(...pair)
      }
      return pairs
    },
    url: (name) => {
      const given = text(name)
      if (given === undefined) return undefined
      const fault = urlFault(given)
      if (fault === undefined) return new URL(given)
      report(name, `${fault} (got ${quote(given)})`)
      return undefined
    },
    report,
    ofTraces: (what) => {
      const ofTraces = `OTEL_EXPORTER_OTLP_TRACES_${what}`
      return text(ofTraces) === undefined ? `OTEL_EXPORTER_OTLP_${what}` : ofTraces
    },
  }
}

/** {@link https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable As W3C Baggage, without properties}. */
function readPair(item: string): readonly [key: string, value: string] | undefined {
  const equals = item.indexOf('=')
  const key = item.slice(0, Math.max(0, equals)).trim()
  if (!/^[\x21-\x7e]+$/.test(key)) return undefined
  try {
    return [decodeURIComponent(key), decodeURIComponent(item.slice(equals + 1).trim())]
  } catch {
    return undefined
  }
}

function urlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return 'must be an http or https URL'
  if (url.username === '' && url.password === '') return undefined
  return 'must name no user or password: use OTEL_EXPORTER_OTLP_HEADERS'
}

function alternatives(values: readonly string[]): string {
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}
