import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { type ServerTls, secureContext } from '../serving/listen.ts'

/**
 * Bytes of request line and headers of one check, at most. Beyond it Node answers 431, a denial that
 * leaves no line. Envoy takes 60 KiB from a client unless it is told otherwise, 128 in the examples, and
 * the pre-filter writes a byte that is no ASCII as three.
 */
const maxHeaderBytes = 512 * 1024

/** Longer than Envoy keeps an idle connection (1 h), so that Envoy closes it and meets no reset. */
const keepAliveMs = 75 * 60_000

/** How long a caller that sent too much may go on sending, so that it reads the answer. */
const lingerMs = 1000

/**
 * Creates the HTTP server of checks. Node's own answers to what it cannot parse, and to requests
 * that are none for it, become denials that Envoy understands as such.
 */
export function createNodeServer(listener: RequestListener, tls: ServerTls | undefined): Server {
  const options: ServerOptions = { maxHeaderSize: maxHeaderBytes, keepAliveTimeout: keepAliveMs }
  const server =
    tls === undefined
      ? createServer(options, listener)
      : createTlsServer(
          {
            ...options,
            ...secureContext(tls),
            requestCert: tls.clientCA !== undefined,
            rejectUnauthorized: true,
          },
          listener,
        )
  // Node drops headers beyond 2,000 without a word: what is dropped is not removed from the request.
  server.maxHeadersCount = 0
  // A CONNECT is checked nowhere: it has no path. Without a listener Node resets the connection.
  server.on('connect', (_request, socket: Duplex) => finish(socket, '400 Bad Request'))
  // Node would answer 417 to an expectation that is none of its business.
  server.on('checkExpectation', listener)
  server.on('clientError', answerClientError)
  return server
}

/** Answers what Node could not parse. */
function answerClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
  // Of a connection that is gone, or never came up because of TLS, nobody reads an answer.
  const isHttp = error.code?.startsWith('HPE_') || error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  if (!isHttp) socket.destroy()
  // Node tells every further chunk of the same unreadable request.
  else if (!socket.writableEnded) finish(socket, statusOf(error.code))
}

function statusOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout'
  return '400 Bad Request'
}

function finish(socket: Duplex, status: string): void {
  // Node has taken its own listener off, and a reset must not end the process.
  socket.on('error', () => socket.destroy())
  if (!socket.writable) {
    socket.destroy()
    return
  }
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  // Closing while the caller still sends would reset the connection, and the answer with it.
  socket.resume()
  setTimeout(() => socket.destroy(), lingerMs).unref()
}
