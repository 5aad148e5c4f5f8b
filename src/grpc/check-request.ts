import type { CheckInput } from '../check-input.ts'
import { isRequestPath, receiveLine } from '../headers/received.ts'
import { type Cursor, cursorAt, enter, leave, nextTag, readText, skip, tagOf } from './wire.ts'

/** What a `CheckRequest` says, or why it says nothing. */
export type ReadCheckRequest =
  | { readonly kind: 'request'; readonly input: CheckInput }
  | { readonly kind: 'malformed'; readonly detail: string }

/**
 * Header lines of one request, at most. Envoy takes a hundred unless it is told otherwise; this only
 * bounds what a message of the largest size can cost.
 */
const maxLines = 65_536

/** What has been found so far. */
interface Reading {
  readonly cursor: Cursor
  readonly headers: Map<string, string>
  method: string
  path: string
  host: string
  source: string
  certificate: string
  lines: number
}

/**
 * Reads an `envoy.service.auth.v3.CheckRequest`, both forms of its headers (`headers`, and `header_map`
 * of `encode_raw_headers`). Never throws; its cost is linear in the size of the message.
 */
export function readCheckRequest(bytes: Buffer): ReadCheckRequest {
  const headers = new Map<string, string>()
  const cursor = cursorAt(bytes)
  const texts = { method: '', path: '', host: '', source: '', certificate: '' }
  const reading: Reading = { cursor, headers, ...texts, lines: 0 }
  readFields(reading, checkRequestField)
  const detail = problemOf(reading)
  if (detail !== undefined) return { kind: 'malformed', detail }
  const { method, host, path } = reading
  const source = given(reading.source)
  const certificate = given(reading.certificate)
  const input: CheckInput = { transport: 'grpc', method, host, path, headers, source, certificate }
  return { kind: 'request', input }
}

/** The format leaves empty fields out: an empty text is one that Envoy did not say. */
function given(text: string): string | undefined {
  return text === '' ? undefined : text
}

function problemOf({ cursor, lines, method, path }: Reading): string | undefined {
  if (cursor.malformed) return 'the CheckRequest is not a well-formed message'
  if (lines > maxLines) return `the CheckRequest has more than ${maxLines} header lines`
  if (method === '') return 'the CheckRequest names no method'
  if (!isRequestPath(path)) return 'the CheckRequest names no path'
  return undefined
}

/** Takes one field of a message from the cursor; there is one reader for each message type. */
type FieldReader = (reading: Reading, tag: number) => void

function readFields(reading: Reading, readField: FieldReader): void {
  const { cursor } = reading
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) readField(reading, tag)
}

function readMessage(reading: Reading, readField: FieldReader): void {
  const outerEnd = enter(reading.cursor)
  readFields(reading, readField)
  leave(reading.cursor, outerEnd)
}

// Field numbers as in protos/; a message that occurs twice is read twice, which is how the format
// merges.
const attributes = tagOf(1)
function checkRequestField(reading: Reading, tag: number): void {
  if (tag === attributes) readMessage(reading, attributesField)
  else skip(reading.cursor, tag)
}

const source = tagOf(1)
const request = tagOf(4)
function attributesField(reading: Reading, tag: number): void {
  if (tag === source) readMessage(reading, peerField)
  else if (tag === request) readMessage(reading, requestField)
  else skip(reading.cursor, tag)
}

const peerAddress = tagOf(1)
const peerCertificate = tagOf(5)
function peerField(reading: Reading, tag: number): void {
  if (tag === peerAddress) readMessage(reading, addressField)
  else if (tag === peerCertificate) reading.certificate = readText(reading.cursor)
  else skip(reading.cursor, tag)
}

const socketAddress = tagOf(1)
function addressField(reading: Reading, tag: number): void {
  if (tag === socketAddress) readMessage(reading, socketAddressField)
  else skip(reading.cursor, tag)
}

const addressText = tagOf(2)
function socketAddressField(reading: Reading, tag: number): void {
  if (tag === addressText) reading.source = readText(reading.cursor)
  else skip(reading.cursor, tag)
}

const http = tagOf(2)
function requestField(reading: Reading, tag: number): void {
  if (tag === http) readMessage(reading, httpField)
  else skip(reading.cursor, tag)
}

const method = tagOf(2)
const headers = tagOf(3)
const path = tagOf(4)
const host = tagOf(5)
const headerMap = tagOf(13)
function httpField(reading: Reading, tag: number): void {
  if (tag === headers) readLine(reading)
  else if (tag === method) reading.method = readText(reading.cursor)
  else if (tag === path) reading.path = readText(reading.cursor)
  else if (tag === host) reading.host = readText(reading.cursor)
  else if (tag === headerMap) readMessage(reading, headerMapField)
  else skip(reading.cursor, tag)
}

const headerMapEntry = tagOf(1)
function headerMapField(reading: Reading, tag: number): void {
  if (tag === headerMapEntry) readLine(reading)
  else skip(reading.cursor, tag)
}

const key = tagOf(1)
const value = tagOf(2)
const rawValue = tagOf(3)

/** An entry of the map, or a `HeaderValue`: both have the name in field 1 and a text in field 2. */
function readLine(reading: Reading): void {
  const { cursor } = reading
  const outerEnd = enter(cursor)
  let name = ''
  let text = ''
  let raw = ''
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === key) name = readText(cursor)
    else if (tag === value) text = readText(cursor)
    else if (tag === rawValue) raw = readText(cursor)
    else skip(cursor, tag)
  }
  leave(cursor, outerEnd)
  reading.lines++
  if (reading.lines <= maxLines) receiveLine(reading.headers, [name, raw === '' ? text : raw])
}
