import type { ByteString } from '../byte-string.ts'
import type { Allow, Decision, Reply } from '../decision.ts'
import type { HeaderChanges, HeaderLine } from '../headers/changes.ts'
import { findUnencodable, findUnencodableId, findUnencodableLine } from '../headers/encodable.ts'
import { messageField, numberField, numberTagOf, tagOf, textField, toBuffer } from './wire.ts'

/** A message to send, or what no message can say. */
export type EncodedDecision =
  | { readonly kind: 'encoded'; readonly message: Buffer }
  | { readonly kind: 'unencodable'; readonly detail: string }

// Field numbers as in protos/.
const responseStatus = tagOf(1)
const deniedResponse = tagOf(2)
const okResponse = tagOf(3)
const dynamicMetadata = tagOf(4)

const statusCode = numberTagOf(1)

const deniedStatus = tagOf(1)
const deniedHeaders = tagOf(2)
const deniedBody = tagOf(3)
const httpStatusCode = numberTagOf(1)

const okHeaders = tagOf(2)
const okHeadersToRemove = tagOf(5)
const okResponseHeadersToAdd = tagOf(6)

const optionHeader = tagOf(1)
const optionAppend = tagOf(2)
const optionAppendAction = numberTagOf(3)
const headerKey = tagOf(1)
const headerValue = tagOf(2)

const structFields = tagOf(1)
const mapKey = tagOf(1)
const mapValue = tagOf(2)
const valueString = tagOf(3)
const valueStruct = tagOf(5)
const valueList = tagOf(6)
const listValues = tagOf(1)

/** `HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD`; unset is the adding one. */
const overwriteOrAdd = 2

const overwrite: ByteString = numberField(optionAppendAction, overwriteOrAdd)

/** Envoy reads `append` for lines to the upstream, and may read `append_action` one day: say both. */
const upstreamOption: ByteString = messageField(optionAppend, '') + overwrite

/** A status of code 0. Envoy takes a missing one for a yes as well, so this one is only for clarity. */
const yes: ByteString = messageField(responseStatus, '')

/** What stays the same each time that one {@link HeaderChanges} is allowed. */
type EncodedChanges =
  | {
      readonly kind: 'encoded'
      /** Fields of `ok_response`. */
      readonly upstream: ByteString
      /** Fields of the `CheckResponse`. */
      readonly metadata: ByteString
    }
  | { readonly kind: 'unencodable'; readonly detail: string }

const encodedChanges = new WeakMap<HeaderChanges, EncodedChanges>()

/**
 * Encodes a decision as an `envoy.service.auth.v3.CheckResponse`. Its `status.code` is 0 for an allow
 * and for nothing else, and the message is never empty: Envoy takes an empty one for a yes.
 */
export function encodeDecision(decision: Decision): EncodedDecision {
  return decision.kind === 'allow' ? encodeAllow(decision) : encodeReply(decision)
}

function encodeAllow({ id, upstream, downstream }: Allow): EncodedDecision {
  let changes = encodedChanges.get(upstream)
  if (changes === undefined) {
    changes = encodeChanges(upstream)
    encodedChanges.set(upstream, changes)
  }
  if (changes.kind === 'unencodable') return changes
  const detail = findUnencodableId(id) ?? findUnencodableLine(downstream)
  if (detail !== undefined) return { kind: 'unencodable', detail }
  const lines = [...downstream, decisionLine(id)]
  const ok = changes.upstream + clientLines(okResponseHeadersToAdd, lines)
  return {
    kind: 'encoded',
    message: toBuffer(yes + messageField(okResponse, ok) + changes.metadata),
  }
}

function encodeChanges(changes: HeaderChanges): EncodedChanges {
  const detail = findUnencodable(changes)
  if (detail !== undefined) return { kind: 'unencodable', detail }
  const { set, append, remove } = changes
  const setFields = set.map((line) => messageField(okHeaders, headerField(line) + upstreamOption))
  // The appender adds after Envoy has removed: without this its lines would follow the client's.
  const appended = new Set(append.map(([name]) => name))
  const own = setFields.join('') + removeFields(appended)
  let removed = encodedRemovals.get(remove)
  if (removed === undefined) {
    removed = removeFields(remove)
    encodedRemovals.set(remove, removed)
  }
  return {
    kind: 'encoded',
    upstream: own + removed,
    metadata: append.length === 0 ? '' : messageField(dynamicMetadata, headersToAppend(append)),
  }
}

/** Many users share one list of names, and it is longer than all else that is kept of them. */
const encodedRemovals = new WeakMap<HeaderChanges['remove'], ByteString>()

function removeFields(names: Iterable<string>): ByteString {
  return Array.from(names, (name) => textField(okHeadersToRemove, name)).join('')
}

/** A Struct `{ headers_to_append: [{ name, value }, …] }`, which the appender reads. */
function headersToAppend(append: readonly HeaderLine[]): ByteString {
  const values = append.map(([name, value]) => {
    const line = structEntry('name', text(name)) + structEntry('value', text(value))
    return messageField(listValues, messageField(valueStruct, line))
  })
  return structEntry('headers_to_append', messageField(valueList, values.join('')))
}

function structEntry(name: string, value: ByteString): ByteString {
  return messageField(structFields, textField(mapKey, name) + messageField(mapValue, value))
}

function text(value: string): ByteString {
  return textField(valueString, value)
}

function encodeReply({ id, status, headers, body }: Reply): EncodedDecision {
  const lines = [...headers, decisionLine(id)]
  const detail = findUnencodableLine(lines)
  if (detail !== undefined) return { kind: 'unencodable', detail }
  const clientStatus = isFinalStatus(status) ? status : 403
  const denied =
    messageField(deniedStatus, numberField(httpStatusCode, clientStatus)) +
    clientLines(deniedHeaders, lines) +
    (body === '' ? '' : textField(deniedBody, body))
  const code = messageField(responseStatus, numberField(statusCode, rpcCode(clientStatus)))
  return { kind: 'encoded', message: toBuffer(code + messageField(deniedResponse, denied)) }
}

/** Envoy sends whatever number it is given; an interim status would leave the client waiting. */
function isFinalStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599
}

/** What the denial is among the codes of gRPC. Never 0, which would be a yes. */
function rpcCode(status: number): number {
  switch (status) {
    case 400:
      return 3 // INVALID_ARGUMENT
    case 302:
    case 401:
      return 16 // UNAUTHENTICATED
    case 503:
      return 14 // UNAVAILABLE
    default:
      return 7 // PERMISSION_DENIED
  }
}

function decisionLine(id: string): HeaderLine {
  return ['x-attache-decision', id]
}

/** Of these the client must see one, whatever the upstream says; all others stand beside its own. */
const singleValued: ReadonlySet<string> = new Set([
  'content-type',
  'location',
  'x-attache-decision',
])

/** Lines to the client. `append` stays unset, as Envoy loses a line of a denial that has it true. */
function clientLines(tag: number, lines: readonly HeaderLine[]): ByteString {
  return lines
    .map((line) =>
      messageField(tag, headerField(line) + (singleValued.has(line[0]) ? overwrite : '')),
    )
    .join('')
}

function headerField([name, value]: HeaderLine): ByteString {
  return messageField(optionHeader, textField(headerKey, name) + textField(headerValue, value))
}
