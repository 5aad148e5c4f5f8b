import type { Logo } from '../config/browser-types.ts'
import { type Asset, createAsset } from './asset.ts'

/**
 * An SVG is a document: opened by its own address it could run scripts as our origin. With this policy
 * it shows what it holds, and does nothing
 * ({@link https://www.w3.org/TR/CSP3/#directive-sandbox CSP 3 §6.4.2}).
 */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"

/** The operator's logo as a file to send; a PNG goes inside an SVG, since what is sent must be text. */
export function logoAsset({ contentType, bytes }: Logo): Asset {
  const body =
    contentType === 'image/svg+xml'
      ? new TextDecoder().decode(bytes)
      : svgAround(Buffer.from(bytes))
  return createAsset('image/svg+xml; charset=utf-8', {
    body,
    more: [['content-security-policy', policy]],
  })
}

/** Width and height stand in the first chunk ({@link https://www.w3.org/TR/png-3/#11IHDR PNG §11.2.1}). */
function svgAround(png: Buffer): string {
  const [width, height] = png.length < 24 ? [0, 0] : [png.readUInt32BE(16), png.readUInt32BE(20)]
  const size = `width="${width}" height="${height}"`
  const data = `data:image/png;base64,${png.toString('base64')}`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${width} ${height}"><image ${size} href="${data}"/></svg>\n`
}
