/**
 * An HTTP/2 client by hand (RFC 9113, RFC 7541), for header fields that every library refuses to send:
 * upper case, line breaks, unknown pseudo headers, fields of the connection.
 */
import { connect } from 'node:net'
import { type ByteReader, readBytes } from './wire.ts'

/** What became of a request: a response, or how the peer refused it without one. */
export type FrameOutcome =
  | { readonly kind: 'response'; readonly status: number; readonly body: string }
  | { readonly kind: 'stream-reset'; readonly code: number }
  | { readonly kind: 'goaway'; readonly code: number }
  | { readonly kind: 'closed' }

/** A request as header fields; text is latin1, one character for each byte. */
export interface FramedRequest {
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body?: string
  readonly trailers?: readonly (readonly [name: string, value: string])[]
}

const timeoutMs = 10_000
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

const frameType = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const
const flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const

/** Sends one request on a connection of its own, exactly as given. */
export async function sendFrames(
  port: number,
  { fields, body, trailers }: FramedRequest,
): Promise<FrameOutcome> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.setTimeout(timeoutMs, () => socket.destroy())
  const reader = readBytes(socket)
  const last = trailers === undefined ? flag.endStream : 0
  const frames = [
    preface,
    frame(frameType.settings, { flags: 0, stream: 0, payload: '' }),
    headersFrame(fields, body === undefined && trailers === undefined),
    ...(body === undefined
      ? []
      : [frame(frameType.data, { flags: last, stream: 1, payload: body })]),
    ...(trailers === undefined ? [] : [headersFrame(trailers, true)]),
  ]
  try {
    socket.write(frames.join(''), 'latin1')
    return await readOutcome(reader, (bytes) => socket.write(bytes, 'latin1'))
  } finally {
    socket.destroy()
  }
}

interface Frame {
  readonly flags: number
  readonly stream: number
  readonly payload: string
}

function frame(type: number, { flags, stream, payload }: Frame): string {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return head.toString('latin1') + payload
}

function headersFrame(fields: FramedRequest['fields'], isLast: boolean): string {
  const payload = fields.map(([name, value]) => literal(name, value)).join('')
  const flags = flag.endHeaders | (isLast ? flag.endStream : 0)
  return frame(frameType.headers, { flags, stream: 1, payload })
}

/** RFC 7541 §6.2.2: a literal field without indexing, new name, nothing Huffman-coded. */
function literal(name: string, value: string): string {
  return `\0${lengthPrefixed(name)}${lengthPrefixed(value)}`
}

function lengthPrefixed(text: string): string {
  if (text.length < 127) return String.fromCharCode(text.length) + text
  let rest = text.length - 127
  let prefix = String.fromCharCode(127)
  for (; rest >= 128; rest >>= 7) prefix += String.fromCharCode((rest & 127) | 128)
  return prefix + String.fromCharCode(rest) + text
}

async function readOutcome(
  reader: ByteReader,
  send: (bytes: string) => void,
): Promise<FrameOutcome> {
  let status = 0
  let body = ''
  for (;;) {
    const head = Buffer.from(await reader.take(9), 'latin1')
    if (head.length < 9) return { kind: 'closed' }
    const payload = await reader.take(head.readUIntBE(0, 3))
    const flags = head.readUInt8(4)
    switch (head.readUInt8(3)) {
      case frameType.settings:
        if ((flags & flag.ack) === 0) {
          send(frame(frameType.settings, { flags: flag.ack, stream: 0, payload: '' }))
        }
        break
      case frameType.ping:
        send(frame(frameType.ping, { flags: flag.ack, stream: 0, payload }))
        break
      case frameType.reset:
        return { kind: 'stream-reset', code: uint32(payload, 0) }
      case frameType.goaway:
        return { kind: 'goaway', code: uint32(payload, 4) }
      case frameType.headers:
        // A second block is trailers.
        if (status === 0) status = statusOf(payload)
        break
      case frameType.data:
        body += payload
        break
      default:
        break
    }
    const carriesEnd =
      head.readUInt8(3) === frameType.headers || head.readUInt8(3) === frameType.data
    if (carriesEnd && (flags & flag.endStream) !== 0) return { kind: 'response', status, body }
  }
}

function uint32(payload: string, at: number): number {
  return Buffer.from(payload, 'latin1').readUInt32BE(at)
}

// RFC 7541 Appendix A: 8 to 14 are `:status` with the commonest values; 8 alone names the field.
const indexedStatus = [200, 204, 206, 304, 400, 404, 500]

/** The `:status` of a response's header block, which is always its first field. */
function statusOf(block: string): number {
  const [first = 0, second = 0] = Buffer.from(block, 'latin1')
  if ((first & 0x80) !== 0) return indexedStatus[(first & 0x7f) - 8] ?? 0
  const isHuffman = (second & 0x80) !== 0
  const value = block.slice(2, 2 + (second & 0x7f))
  return Number(isHuffman ? huffmanDigits(value) : value)
}

/** RFC 7541 Appendix B, digits alone: 0 to 2 have five bits, 3 to 9 six. */
function huffmanDigits(coded: string): string {
  let bits = ''
  for (const byte of Buffer.from(coded, 'latin1')) bits += byte.toString(2).padStart(8, '0')
  let text = ''
  while (text.length < 3) {
    const five = Number.parseInt(bits.slice(0, 5), 2)
    const isShort = five <= 2
    text += isShort ? five : Number.parseInt(bits.slice(0, 6), 2) - 0b011001 + 3
    bits = bits.slice(isShort ? 5 : 6)
  }
  return text
}
