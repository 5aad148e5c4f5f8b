/** The contents of all blocks with this label; text around them is a comment, as in CA files. */
export function readPemBlocks(text: string, label: string): readonly (Buffer | undefined)[] {
  const block = new RegExp(`-----BEGIN ${label}-----([^-]*)-----END ${label}-----`, 'g')
  return [...text.matchAll(block)].map(([, body = '']) => decode(body))
}

/** The contents of a text that is nothing but such blocks; undefined when it is not. */
export function readPemOnly(text: string, label: string): readonly Buffer[] | undefined {
  const block = new RegExp(`-----BEGIN ${label}-----([^-]*)-----END ${label}-----\\s*`, 'y')
  const blocks: Buffer[] = []
  while (block.lastIndex < text.length) {
    const match = block.exec(text)
    const content = match === null ? undefined : decode(match[1] ?? '')
    if (content === undefined) return undefined
    blocks.push(content)
  }
  return blocks
}

/** Base64 in lines ({@link https://www.rfc-editor.org/rfc/rfc7468#section-3 RFC 7468 §3}). */
function decode(body: string): Buffer | undefined {
  const bare = body.replace(/[\r\n\t ]/g, '')
  const bytes = Buffer.from(bare, 'base64')
  return bytes.toString('base64') === bare ? bytes : undefined
}
