/**
 * What the types of `playwright-core` say of a page's own objects. The library of their types would
 * let all code here use `window` and `document`, which nothing outside a page has.
 */
interface Node {
  readonly nodeType: number
}

interface HTMLElement extends Node {
  readonly tagName: string
}

interface SVGElement extends Node {
  readonly tagName: string
}

interface HTMLElementTagNameMap {
  readonly [tag: string]: HTMLElement
}
