/** This library as it names itself to SnapTrade. A test holds it to the package's version. */
export const userAgent = "effect-snaptrade/0.0.0"
