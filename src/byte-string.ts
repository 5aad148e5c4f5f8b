/**
 * A string in which each character is one byte (Node's `latin1`): how Node's HTTP gives and takes header
 * values, and how bytes are joined without copying them.
 */
export type ByteString = string

/** The UTF-8 bytes of a text. A lone surrogate becomes U+FFFD. */
export function bytesOf(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** The text that UTF-8 bytes say. A byte that is not UTF-8 becomes U+FFFD. */
export function textOf(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Every other character takes more than one byte. Half the cost of a regular expression. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length
}
