/**
 * Finds the ends of HTTP/1.1 responses in the bytes of one connection, without looking at more than it
 * must: the status and `content-length`, which Envoy always sends with an answer of its own.
 * Calls `onResponse` once for each whole response.
 */
export function createResponseReader(
  onResponse: (status: string) => void,
): (chunk: Buffer) => void {
  let head = ''
  let bodyLeft = 0
  let status = ''
  return (chunk) => {
    let offset = 0
    while (offset < chunk.length) {
      if (bodyLeft === 0) {
        head += chunk.toString('latin1', offset)
        offset = chunk.length
        const end = head.indexOf('\r\n\r\n')
        if (end === -1) return
        status = head.slice(9, 12)
        offset -= head.length - (end + 4)
        bodyLeft = contentLength(head.slice(0, end))
        head = ''
        if (bodyLeft === 0) onResponse(status)
      } else {
        const taken = Math.min(bodyLeft, chunk.length - offset)
        offset += taken
        bodyLeft -= taken
        if (bodyLeft === 0) onResponse(status)
      }
    }
  }
}

function contentLength(head: string): number {
  const found = /^content-length: *(\d+)/im.exec(head)?.[1]
  if (found === undefined) {
    throw new Error(`Cannot find the end of a response: it has no content-length: ${head}`)
  }
  return Number(found)
}
