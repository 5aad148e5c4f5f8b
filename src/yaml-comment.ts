/** Lines of a comment in YAML that is printed, of a width that fits a screen: `attache rbac` and `manifests`. */
export function comment(text: string): string {
  return commentLines(text)
    .map((line) => `#${line}\n`)
    .join('')
}

/** The same lines without `#`, as `yaml` sets them before a node. */
export function commentLines(text: string): readonly string[] {
  return text.match(/.{1,96}(?:\s|$)/g)?.map((line) => ` ${line.trimEnd()}`) ?? []
}
