// Where a Chromium is, for the tests of the inspector page.
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium"
]

const isProgram = (file) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** `SNAPTRADE_CHROMIUM`, or the first on the path; undefined where there is none. */
export const findChromium = () => {
  const path = (process.env.PATH ?? "").split(delimiter)
  const found = [...names.flatMap((name) => path.map((directory) => join(directory, name))), ...places]
  return process.env.SNAPTRADE_CHROMIUM ?? found.find(isProgram)
}
