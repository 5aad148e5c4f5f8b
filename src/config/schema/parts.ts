/**
 * The pieces that the schema of the configuration is made of. It is the one source: ajv checks with
 * it, `attache.schema.json` is printed from it, and the types of what was read derive from it.
 */
import {
  type Static,
  type TObject,
  type TProperties,
  type TSchema,
  type TUnsafe,
  Type,
} from 'typebox'

interface Documented {
  description: string
}

interface Defaulted<T> extends Documented {
  default?: T
}

/**
 * A map whose keys are all known. A key with a default may be left out of the file and is there after
 * the check, so its type is not optional.
 */
export function map<P extends TProperties>(properties: P, options: Defaulted<object>) {
  const required = Object.entries(properties)
    .filter(([, property]) => !Type.IsOptional(property) && !('default' in property))
    .map(([key]) => key)
  const schema = Type.Object(properties, { ...options, additionalProperties: false })
  return Object.assign(schema, { required }) as TObject<P>
}

/** A map with keys of the operator's choice. Not `patternProperties`, which a key with a line end escapes. */
export function mapOf<T extends TSchema>(
  values: T,
  options: Defaulted<object>,
): TUnsafe<Record<string, Static<T>>> {
  return Type.Unsafe({ type: 'object', additionalProperties: values, ...options })
}

/** A map whose content is not settled yet; only for what is not available yet. */
export function openMap(options: Documented) {
  return Type.Object({}, { ...options, additionalProperties: true })
}

/** A list that names at least one thing, and none twice. */
export function list<T extends TSchema>(items: T, options: Defaulted<readonly unknown[]>) {
  return Type.Array(items, { minItems: 1, uniqueItems: true, ...options })
}

/** As {@link list}, but may be empty. */
export function listOrNone<T extends TSchema>(items: T, options: Defaulted<readonly unknown[]>) {
  return Type.Array(items, { uniqueItems: true, ...options })
}

/** A value, or a list of such values. Not `anyOf`, whose messages say what would fit every branch. */
export function oneOrMore<T>(item: object, options: Defaulted<unknown>): TUnsafe<T | T[]> {
  return Type.Unsafe<T | T[]>({
    ...item,
    ...options,
    type: ['type' in item ? item.type : 'object', 'array'],
    items: item,
    minItems: 1,
    uniqueItems: true,
  })
}

export function text(options: Defaulted<string>) {
  return Type.String({ minLength: 1, ...options })
}

/** Text that may be empty, which switches something off. */
export function textOrEmpty(options: Defaulted<string>) {
  return Type.String({ ...options })
}

/** A file, relative to the folder of the configuration file. */
export function file(options: Documented) {
  return Type.String({ minLength: 1, ...options })
}

export function flag(options: Defaulted<boolean>) {
  return Type.Boolean({ ...options })
}

export function choice<const T extends string>(
  values: readonly T[],
  options: Defaulted<NoInfer<T>>,
): TUnsafe<T> {
  return Type.Unsafe<T>({ enum: values, ...options })
}

/** `min` and `max` included. */
export function count(range: { min: number; max: number }, options: Defaulted<number>) {
  return Type.Integer({ minimum: range.min, maximum: range.max, ...options })
}

/** {@link parseDuration} in `units.ts` reads it. */
export function duration(options: Defaulted<string>) {
  return Type.String({
    pattern: '^[0-9]{1,9}(ms|s|m|h)$',
    patternErrorMessage: 'must be a duration such as 300ms, 90s, 5m or 12h',
    ...options,
  })
}

const clientError = { minimum: 400, maximum: 499 }

/** A status for a request without a credential. */
export function status(options: Defaulted<number>) {
  return Type.Integer({ ...clientError, ...options })
}

/** As {@link status}, or a word for another answer. */
export function statusOr<const T extends string>(
  word: T,
  options: Defaulted<NoInfer<T> | number>,
): TUnsafe<T | number> {
  return Type.Unsafe<T | number>({
    type: ['string', 'integer'],
    pattern: `^${word}$`,
    patternErrorMessage: `must be ${word} or a status`,
    ...clientError,
    ...options,
  })
}
