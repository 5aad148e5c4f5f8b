/** Reads what exporters of traces send: OTLP's `ExportTraceServiceRequest`, as protobuf or JSON. */
import { isRecord } from '../../src/json/record.ts'

/** A span, and the service that it is of. */
export interface ReceivedSpan {
  readonly service: string
  readonly resource: Readonly<Record<string, unknown>>
  readonly name: string
  /** Hex. */
  readonly traceId: string
  readonly spanId: string
  /** Empty where it has none. */
  readonly parentSpanId: string
  readonly traceState: string
  readonly kind: number
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, unknown>>
  /** 2 is an error. */
  readonly statusCode: number
}

/** Throws for what no exporter may send. */
export function readSpans(contentType: string | undefined, body: Buffer): readonly ReceivedSpan[] {
  if (contentType === 'application/x-protobuf') return readProtobuf(body)
  if (contentType === 'application/json') return readJson(JSON.parse(body.toString('utf8')))
  throw new TypeError(`Cannot read spans: "${contentType}" is no type of theirs`)
}

function readJson(message: unknown): readonly ReceivedSpan[] {
  return list(message, 'resourceSpans').flatMap((ofResource) => {
    const resource = jsonAttributes(member(ofResource, 'resource'))
    return list(ofResource, 'scopeSpans').flatMap((ofScope) =>
      list(ofScope, 'spans').map((span) => ({
        service: String(resource['service.name']),
        resource,
        name: jsonText(span, 'name'),
        traceId: jsonText(span, 'traceId'),
        spanId: jsonText(span, 'spanId'),
        parentSpanId: jsonText(span, 'parentSpanId'),
        traceState: jsonText(span, 'traceState'),
        kind: Number(member(span, 'kind')),
        startMs: Number(member(span, 'startTimeUnixNano')) / 1e6,
        endMs: Number(member(span, 'endTimeUnixNano')) / 1e6,
        attributes: jsonAttributes(span),
        statusCode: Number(member(member(span, 'status'), 'code') ?? 0),
      })),
    )
  })
}

function jsonAttributes(holder: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    list(holder, 'attributes').map((attribute) => {
      const value = member(attribute, 'value')
      return [String(member(attribute, 'key')), isRecord(value) ? Object.values(value)[0] : value]
    }),
  )
}

function jsonText(holder: unknown, name: string): string {
  const value = member(holder, name)
  return typeof value === 'string' ? value : ''
}

function member(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}

function list(value: unknown, name: string): readonly unknown[] {
  const items = member(value, name)
  return Array.isArray(items) ? items : []
}

/** Fields of a message by number; each may occur more than once. */
type Fields = ReadonlyMap<number, readonly (Buffer | bigint)[]>

/** @see {@link https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto trace.proto} */
function readProtobuf(body: Buffer): readonly ReceivedSpan[] {
  return messages(fieldsOf(body), 1).flatMap((ofResource) => {
    const [about] = messages(ofResource, 1)
    const resource = about === undefined ? {} : protobufAttributes(about, 1)
    return messages(ofResource, 2).flatMap((ofScope) =>
      messages(ofScope, 2).map((span) => {
        const [status] = messages(span, 15)
        return {
          service: String(resource['service.name']),
          resource,
          name: text(span, 5),
          traceId: bytes(span, 1).toString('hex'),
          spanId: bytes(span, 2).toString('hex'),
          parentSpanId: bytes(span, 4).toString('hex'),
          traceState: text(span, 3),
          kind: number(span, 6),
          startMs: number(span, 7) / 1e6,
          endMs: number(span, 8) / 1e6,
          attributes: protobufAttributes(span, 9),
          statusCode: status === undefined ? 0 : number(status, 3),
        }
      }),
    )
  })
}

function protobufAttributes(fields: Fields, field: number): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    messages(fields, field).map((attribute) => {
      const [value = new Map()] = messages(attribute, 2)
      return [text(attribute, 1), value.has(1) ? text(value, 1) : number(value, 3)]
    }),
  )
}

function messages(fields: Fields, field: number): readonly Fields[] {
  return (fields.get(field) ?? []).flatMap((value) =>
    typeof value === 'bigint' ? [] : [fieldsOf(value)],
  )
}

function bytes(fields: Fields, field: number): Buffer {
  const value = fields.get(field)?.at(-1)
  return value instanceof Buffer ? value : Buffer.alloc(0)
}

function text(fields: Fields, field: number): string {
  return bytes(fields, field).toString('utf8')
}

function number(fields: Fields, field: number): number {
  const value = fields.get(field)?.at(-1)
  return typeof value === 'bigint' ? Number(value) : 0
}

function fieldsOf(message: Buffer): Fields {
  const fields = new Map<number, (Buffer | bigint)[]>()
  let at = 0
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at)
      at += 1
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (length: number): Buffer => {
    at += length
    if (at > message.length) throw new RangeError('Cannot read a message: it ends too early')
    return message.subarray(at - length, at)
  }
  const valueOf = (wireType: number): Buffer | bigint => {
    if (wireType === 0) return varint()
    if (wireType === 1) return take(8).readBigUInt64LE()
    if (wireType === 2) return take(Number(varint()))
    if (wireType === 5) return BigInt(take(4).readUInt32LE())
    throw new TypeError(`Cannot read a message: wire type ${wireType}`)
  }
  while (at < message.length) {
    const tag = Number(varint())
    const values = fields.get(tag >> 3) ?? []
    fields.set(tag >> 3, [...values, valueOf(tag & 7)])
  }
  return fields
}
