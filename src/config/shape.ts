import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { isRecord } from '../json/record.ts'
import type { Document } from './document.ts'
import { nearest } from './nearest.ts'
import {
  authenticationFileSchema,
  authenticationSchema,
  type RawAuthentication,
} from './schema/authentication.ts'
import { configSchema, type RawConfig } from './schema/config.ts'
import { type RawUsers, usersSchema } from './schema/credentials.ts'
import { shapeMessage } from './shape-message.ts'
import { withoutBroken, withoutNulls } from './usable-parts.ts'
import { childPath } from './yaml-tree.ts'

const ajv = new Ajv({ allErrors: true, verbose: true, useDefaults: true, allowUnionTypes: true })
ajv.addVocabulary(['patternErrorMessage'])

const validateConfig = ajv.compile(configSchema)
const validateAuthentication = ajv.compile(authenticationSchema)
const validateAuthenticationFile = ajv.compile(authenticationFileSchema)
const validateUsers = ajv.compile(usersSchema)

/**
 * Reports every key and value that the schema does not know, and fills in the schema's defaults. What
 * comes back is what its type says only where {@link Document.usable} holds.
 */
export function readConfigShape(document: Document): RawConfig | undefined {
  const { value } = document
  reportShape(document, validateConfig, { value, root: '' })
  return isRawConfig(value, document) ? value : undefined
}

/** As {@link readConfigShape}, for `{ file: FILE }`. */
export function readFileName(document: Document, value: unknown): string | undefined {
  const root = 'authentication'
  reportShape(document, validateAuthenticationFile, { value, root })
  const name = isRecord(value) ? value['file'] : undefined
  return typeof name === 'string' && name !== '' ? name : undefined
}

/** Reports as {@link readConfigShape} does; what has the wrong shape is left out of what comes back. */
export function readAuthenticationShape(
  document: Document,
  section: { readonly value: unknown; readonly root: string },
): RawAuthentication | undefined {
  const { root } = section
  const given = section.value === null ? null : withoutNulls(section.value, authenticationSchema)
  reportShape(document, validateAuthentication, { value: given, root })
  const value = withoutBroken(document, given, root)
  return isRawAuthentication(value) ? value : undefined
}

/** As {@link readConfigShape}, for the `usersFile` of `basic`. */
export function readUsersShape(document: Document): RawUsers | undefined {
  const { value } = document
  reportShape(document, validateUsers, { value, root: '' })
  return isRawUsers(value, document) ? value : undefined
}

/** The types are a promise about the parts that nothing was reported for. */
function isRawConfig(value: unknown, document: Document): value is RawConfig {
  return isRecord(value) && document.usableItself('')
}

function isRawUsers(value: unknown, document: Document): value is RawUsers {
  return isRecord(value) && document.usableItself('')
}

function isRawAuthentication(value: unknown): value is RawAuthentication {
  return isRecord(value)
}

/** Their messages need no value beside them. */
const aboutContent = new Set(['minItems', 'minLength', 'uniqueItems'])

interface Section {
  readonly value: unknown
  readonly root: string
}

function reportShape(document: Document, validate: ValidateFunction, section: Section): void {
  validate(section.value)
  for (const error of validate.errors ?? []) reportError(document, error, section)
}

function reportError(document: Document, error: ErrorObject, section: Section): void {
  const path = toPath(error.instancePath, section)
  const params: Readonly<Record<string, unknown>> = error.params
  const properties: unknown = error.parentSchema?.['properties']
  const known = isRecord(properties) ? properties : {}
  if (error.keyword === 'additionalProperties') {
    const key = String(params['additionalProperty'])
    const near = nearest(key, Object.keys(known))
    const hint =
      near === undefined
        ? `known here: ${Object.keys(known).join(', ')}`
        : `did you mean "${near}"?`
    document.report(childPath(path, key), `unknown key, ${hint}`, { kind: 'refused', at: 'key' })
  } else if (error.keyword === 'required') {
    const key = String(params['missingProperty'])
    document.report(childPath(path, key), `is missing${purpose(known[key])}`, { kind: 'shape' })
  } else {
    const got = aboutContent.has(error.keyword) ? '' : document.got(path, error.data)
    document.report(path, `${shapeMessage(error)}${got}`, { kind: 'shape' })
  }
}

/** From the schema's description: `: a scope`. */
function purpose(schema: unknown): string {
  const description = isRecord(schema) ? schema['description'] : undefined
  if (typeof description !== 'string') return ''
  const text = description.replace(/\.$/, '')
  return `: ${/^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() : text.charAt(0)}${text.slice(1)}`
}

/** ajv's JSON Pointer (RFC 6901) as a path of ours. */
function toPath(pointer: string, { value, root }: Section): string {
  let path = root
  let node = value
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path = childPath(path, Array.isArray(node) ? Number(key) : key)
    node = Array.isArray(node) ? node[Number(key)] : isRecord(node) ? node[key] : undefined
  }
  return path
}
