/**
 * Plots by hand: small, in the reader's light or dark, with every figure in words beside its mark.
 */

/** What a mark is about decides its colour: ours, ours with spans off, the official SDK, what is bare. */
export type Kind = "ours" | "untraced" | "sdk" | "bare" | "met" | "missed"

export const kindOf = (id: string): Kind =>
  id.startsWith("ours") ? (id.endsWith("Untraced") ? "untraced" : "ours") : id === "sdk" ? "sdk" : "bare"

const style = `
svg{font:13px system-ui,-apple-system,"Segoe UI",sans-serif}
.page{fill:#fff}.title{font-size:17px;font-weight:600}.group{font-weight:600}
text{fill:#1f2328}.soft{fill:#656d76;font-size:12px}.line{stroke:#d1d9e0}.mark{stroke:#1f2328;stroke-dasharray:3 3}
.ours{fill:#0b7a75}.untraced{fill:#6cbdb5}.sdk{fill:#d9822b}.bare{fill:#9aa4af}.met{fill:#0b7a75}.missed{fill:#cf4a3a}
.path{fill:none;stroke-width:2.5;stroke-linejoin:round}
.path.ours{stroke:#0b7a75;fill:none}.path.sdk{stroke:#d9822b;fill:none}.path.bare{stroke:#9aa4af;fill:none}
@media(prefers-color-scheme:dark){.page{fill:#0d1117}text{fill:#e6edf3}.soft{fill:#9198a1}.line{stroke:#3d444d}
.mark{stroke:#e6edf3}.ours,.met{fill:#3fb8af}.untraced{fill:#23716c}.sdk{fill:#f0a04b}.bare{fill:#6e7681}.missed{fill:#f47067}
.path.ours{stroke:#3fb8af}.path.sdk{stroke:#f0a04b}.path.bare{stroke:#8b949e}}
`.replaceAll("\n", "")

const width = 760
const margin = 20

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
const at = (value: number) => String(Math.round(value * 10) / 10)

const words = (x: number, y: number, content: string, className = "", anchor: "start" | "middle" | "end" = "start") =>
  `<text x="${at(x)}" y="${at(y)}"${className && ` class="${className}"`}${
    anchor === "start" ? "" : ` text-anchor="${anchor}"`
  }>${escaped(content)}</text>`

const page = (title: string, subtitle: string, height: number, marks: ReadonlyArray<string>) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${at(height)}" role="img" aria-label="${escaped(title)}">` +
  `<style>${style}</style><rect class="page" width="${width}" height="${at(height)}" rx="8"/>` +
  `${words(margin, 32, title, "title")}${words(margin, 52, subtitle, "soft")}${marks.join("")}</svg>\n`

export interface Bar {
  readonly label: string
  readonly value: number
  readonly text: string
  readonly kind: Kind
}

/** Bars that lie, in groups, on one scale. */
export const bars = (plot: {
  readonly title: string
  readonly subtitle: string
  readonly groups: ReadonlyArray<{ readonly name?: string; readonly bars: ReadonlyArray<Bar> }>
  /** Where a line is drawn through all of them. */
  readonly mark?: { readonly value: number; readonly text: string }
  readonly labelWidth?: number
  /** Where every text begins, from the right; without it a text stands at its bar's end. */
  readonly textWidth?: number
  /** Each group to a scale of its own. */
  readonly ownScales?: boolean
}): string => {
  const left = margin + (plot.labelWidth ?? 210)
  const right = width - margin - (plot.textWidth ?? 110)
  const marks: Array<string> = []
  const most = (all: ReadonlyArray<Bar>) => Math.max(...all.map(({ value }) => value), plot.mark?.value ?? 0)
  const overall = most(plot.groups.flatMap((group) => group.bars))
  let y = plot.mark === undefined ? 68 : 84
  const top = y
  for (const group of plot.groups) {
    const scale = (right - left) / (plot.ownScales === true ? most(group.bars) : overall)
    if (group.name !== undefined) marks.push(words(margin, (y += 20), group.name, "group"))
    if (group.name !== undefined) y += 8
    for (const bar of group.bars) {
      const length = Math.max(1, bar.value * scale)
      marks.push(
        words(left - 10, y + 13, bar.label, "", "end"),
        `<rect class="${bar.kind}" x="${at(left)}" y="${at(y)}" width="${at(length)}" height="17" rx="2"/>`,
        words((plot.textWidth === undefined ? left + length : right) + 8, y + 13, bar.text)
      )
      y += 23
    }
    y += 6
  }
  if (plot.mark !== undefined) {
    const x = left + (plot.mark.value * (right - left)) / overall
    marks.push(
      `<path class="mark" d="M${at(x)} ${top - 4}V${at(y - 4)}"/>`,
      words(x, top - 9, plot.mark.text, "soft", "middle")
    )
  }
  return page(plot.title, plot.subtitle, y + 12, marks)
}

/** From p50 over p95 to p99, on a logarithmic scale. */
export const ranges = (plot: {
  readonly title: string
  readonly subtitle: string
  readonly groups: ReadonlyArray<{
    readonly name: string
    readonly ranges: ReadonlyArray<{
      readonly label: string
      readonly kind: Kind
      readonly values: readonly [number, number, number]
    }>
  }>
  readonly unit: string
}): string => {
  const left = margin + 210
  const right = width - margin - 150
  const values = plot.groups.flatMap((group) => group.ranges.flatMap((range) => range.values))
  const [low, high] = [Math.log(Math.min(...values) * 0.9), Math.log(Math.max(...values) * 1.05)]
  const x = (value: number) => left + ((Math.log(value) - low) / (high - low)) * (right - left)
  const marks: Array<string> = []
  let y = 72
  for (const group of plot.groups) {
    marks.push(words(margin, (y += 20), group.name, "group"))
    y += 8
    for (const { kind, label, values: percentiles } of group.ranges) {
      const [p50, p95, p99] = percentiles
      const middle = y + 9
      marks.push(
        words(left - 10, y + 13, label, "", "end"),
        `<path class="line" stroke-width="3" d="M${at(x(p50))} ${at(middle)}H${at(x(p99))}"/>`,
        `<circle class="${kind}" cx="${at(x(p99))}" cy="${at(middle)}" r="3"/>`,
        `<circle class="${kind}" cx="${at(x(p95))}" cy="${at(middle)}" r="4.5"/>`,
        `<circle class="${kind}" cx="${at(x(p50))}" cy="${at(middle)}" r="7"/>`,
        words(right + 16, y + 13, `${percentiles.map((value) => value.toFixed(0)).join(" · ")} ${plot.unit}`, "soft")
      )
      y += 23
    }
    y += 6
  }
  return page(plot.title, plot.subtitle, y + 12, marks)
}

// 1, 2, 5, 10, 20, …: at most five steps up to there.
const niceStep = (highest: number): number => {
  const magnitude = 10 ** Math.floor(Math.log10(highest / 4))
  return ([1, 2, 5, 10].find((factor) => highest / (factor * magnitude) <= 5) ?? 10) * magnitude
}

/** Lines over a logarithmic axis. */
export const lines = (plot: {
  readonly title: string
  readonly subtitle: string
  readonly across: string
  readonly lines: ReadonlyArray<{
    readonly label: string
    readonly kind: Kind
    readonly points: ReadonlyArray<readonly [number, number]>
  }>
}): string => {
  const [left, right, top, bottom] = [margin + 60, width - margin - 150, 80, 320]
  const points = plot.lines.flatMap((line) => line.points)
  const mostAcross = Math.max(...points.map(([across]) => across))
  const step = niceStep(Math.max(...points.map(([, value]) => value)))
  const highest = step * Math.ceil(Math.max(...points.map(([, value]) => value)) / step)
  const x = (across: number) => left + (Math.log(across) / Math.log(mostAcross)) * (right - left)
  const y = (value: number) => bottom - (value / highest) * (bottom - top)
  const marks: Array<string> = []
  for (let value = 0; value <= highest; value += step) {
    marks.push(
      `<path class="line" d="M${left} ${at(y(value))}H${right}"/>`,
      words(left - 8, y(value) + 4, value.toLocaleString("en"), "soft", "end")
    )
  }
  for (let across = 1; across <= mostAcross; across *= 10) {
    marks.push(words(x(across), bottom + 20, across.toLocaleString("en"), "soft", "middle"))
  }
  marks.push(words((left + right) / 2, bottom + 42, plot.across, "soft", "middle"))
  const ends = plot.lines.map((line) => y(line.points.at(-1)?.[1] ?? 0))
  for (const [i, { kind, label, points: own }] of plot.lines.entries()) {
    // Labels at the lines' ends, pushed apart where lines end close to one another.
    const above = ends.filter((end, j) => end < (ends[i] ?? 0) || (end === ends[i] && j < i))
    const nearest = Math.max(...above, -Infinity)
    const end = Math.max(ends[i] ?? 0, nearest + 16)
    ends[i] = end
    marks.push(
      `<path class="path ${kind}" d="M${own.map(([across, value]) => `${at(x(across))} ${at(y(value))}`).join("L")}"/>`,
      ...own.map(([across, value]) => `<circle class="${kind}" cx="${at(x(across))}" cy="${at(y(value))}" r="3.5"/>`),
      words(right + 10, end + 4, label)
    )
  }
  return page(plot.title, plot.subtitle, bottom + 60, marks)
}
