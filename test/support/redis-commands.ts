/**
 * Commands to a Redis without the client that Attaché itself uses: what a test asks here does not
 * depend on what is tested. Every exchange has a connection of its own, so none is ever stale.
 */
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** An answer; an error reply within an array stays a value. */
export type RedisReply = string | number | null | Error | readonly RedisReply[]

/** Where to, and as whom. */
export interface RedisAddress {
  readonly port: number
  /** A login; without it the commands run as the default user. */
  readonly login?: { readonly user: string; readonly password: string } | undefined
  /** For TLS. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string } | undefined
}

export type RedisCommand = readonly (string | number | Buffer)[]

const answersWithinMs = 5_000

/**
 * Sends the commands in one go and resolves with their replies. Rejects when there is no answer in
 * five seconds; an error reply is a value here.
 */
export async function redisCommands(
  { port, login, tls }: RedisAddress,
  commands: readonly RedisCommand[],
): Promise<readonly RedisReply[]> {
  const host = '127.0.0.1'
  const socket = tls === undefined ? connectTcp({ host, port }) : connectTls({ host, port, ...tls })
  const asWhom = login === undefined ? [] : [['AUTH', login.user, login.password]]
  try {
    await within(once(socket, tls === undefined ? 'connect' : 'secureConnect'), port)
    socket.write(Buffer.concat([...asWhom, ...commands].map(encode)))
    const replies = await within(readReplies(socket, asWhom.length + commands.length), port)
    const [first] = replies
    if (asWhom.length > 0 && first instanceof Error) throw first
    return replies.slice(asWhom.length)
  } finally {
    socket.destroy()
  }
}

async function within<T>(answer: Promise<T>, port: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = new Error(`Cannot ask Redis: no answer from port ${port}`)
  const timer = setTimeout(() => reject(late), answersWithinMs)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
  }
}

function encode(command: RedisCommand): Buffer {
  const words = command.map((word) => (Buffer.isBuffer(word) ? word : Buffer.from(String(word))))
  const parts = words.flatMap((word) => [
    Buffer.from(`$${word.length}\r\n`),
    word,
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts])
}

async function readReplies(socket: Socket, count: number): Promise<readonly RedisReply[]> {
  const replies: RedisReply[] = []
  let bytes: Buffer = Buffer.alloc(0)
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk])
    let next = parseReply(bytes, 0)
    while (next !== undefined) {
      replies.push(next.reply)
      bytes = bytes.subarray(next.end)
      if (replies.length === count) return replies
      next = parseReply(bytes, 0)
    }
  }
  throw new Error('Cannot ask Redis: it closed the connection')
}

/** A reply of RESP 2 and where it ends; undefined when not all of it is there yet. */
function parseReply(bytes: Buffer, start: number): { reply: RedisReply; end: number } | undefined {
  const lineEnd = bytes.indexOf('\r\n', start)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('utf8', start + 1, lineEnd)
  const end = lineEnd + 2
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case '+':
      return { reply: line, end }
    case '-':
      return { reply: new Error(line), end }
    case ':':
      return { reply: Number(line), end }
    case '$':
      if (line === '-1') return { reply: null, end }
      if (bytes.length < end + Number(line) + 2) return undefined
      return { reply: bytes.toString('utf8', end, end + Number(line)), end: end + Number(line) + 2 }
    case '*':
      return line === '-1' ? { reply: null, end } : parseArray(bytes, end, Number(line))
    default:
      throw new Error(`Cannot read the reply of Redis: "${line}"`)
  }
}

/** The elements of an array; none for any other reply. */
export function asList(reply: RedisReply | undefined): readonly RedisReply[] {
  return typeof reply === 'object' && reply !== null && !(reply instanceof Error) ? reply : []
}

function parseArray(bytes: Buffer, start: number, count: number) {
  const reply: RedisReply[] = []
  let end = start
  while (reply.length < count) {
    const next = parseReply(bytes, end)
    if (next === undefined) return undefined
    reply.push(next.reply)
    ;({ end } = next)
  }
  return { reply, end }
}
