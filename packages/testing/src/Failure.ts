/**
 * The failures that SnapTrade answers, and the shapes in which their bodies come. There is no official catalogue: this is
 * the evidence so far, and each row can come in each shape.
 */

/** A documented failure. */
export interface Failure {
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Until when a 429 asks to wait, in seconds; sent as `X-RateLimit-Reset`. */
  readonly reset?: number
}

/**
 * The shapes of an error body: which fields say what.
 */
export const shapes = [
  "detail, status_code, code",
  "default_detail, default_code",
  "detail, default_code",
  "detail, code",
  "error"
] as const

/** One of {@link shapes}. */
export type Shape = (typeof shapes)[number]

const failure = (status: number, code: string, detail: string): Failure => ({ status, code, detail })

/** Every failure that has been documented or seen. */
export const userAlreadyExists = failure(400, "1010", "A user with this userId exists already.")
export const invalidInput = failure(400, "1012", "The input is not valid.")
export const personalKey = failure(400, "1012", "A Personal key may not register users.")
export const unverifiable = failure(400, "1076", "Unable to verify data sent")
export const signatureRejected = failure(401, "1076", "The signature does not verify.")
export const clientIdRejected = failure(401, "1083", "The clientId is not known.")
export const credentialsMissing = failure(401, "0000", "Credentials are missing.")
export const notPermitted = failure(403, "1066", "This key may not do that.")
export const notFound = failure(404, "1011", "The requested resource does not exist.")
export const unexpectedException = failure(500, "1000", "Encountered an unexpected exception.")
export const upstreamFailure = failure(503, "3002", "An upstream service failed.")

/** 401 / 1083 where a userSecret is carried: it, or the userId, is wrong. */
export const userRejected = failure(401, "1083", "The userId or userSecret is wrong.")

/** 429, with the sentence that names the wait. */
export const throttled = (seconds: number): Failure => ({
  ...failure(429, "0000", `Request was throttled. Expected available in ${seconds} seconds.`),
  reset: seconds
})

/** All of them, for a test that goes through the table. */
export const failures: ReadonlyArray<Failure> = [
  userAlreadyExists,
  invalidInput,
  personalKey,
  unverifiable,
  failure(400, "1000", "Bad request."),
  signatureRejected,
  clientIdRejected,
  credentialsMissing,
  failure(403, "0000", "Credentials are missing."),
  notPermitted,
  failure(403, "1140", "This feature is not enabled."),
  failure(403, "1141", "This feature is not enabled."),
  notFound,
  throttled(7),
  failure(429, "throttled", "Request was throttled. Expected available in 7 seconds."),
  unexpectedException,
  upstreamFailure
]

/**
 * The JSON body of a failure in one of the shapes.
 */
export const failureBody = ({ code, detail, status }: Failure, shape: Shape = "detail, status_code, code") => {
  switch (shape) {
    case "detail, status_code, code":
      return { detail, status_code: status, code }
    case "default_detail, default_code":
      return { default_detail: detail, default_code: code }
    case "detail, default_code":
      return { detail, default_code: code }
    case "detail, code":
      return { detail, code }
    case "error":
      return { error: detail }
  }
}
