/**
 * The admin interface of one local SnapTrade.
 */
import { signatureEquals } from "@effect-snaptrade/core"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiError from "effect/http-api/HttpApiError"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { AdminApi, AdminToken } from "../Admin.ts"
import type { Hosted } from "../Handler.ts"
import type { LocalSnapTrade } from "../LocalSnapTrade.ts"
import type { Inspection } from "./inspection.ts"
import { offeredFaults } from "./inspectorFaults.ts"

const found = <A>(what: Effect.Effect<A | undefined>) =>
  Effect.flatMap(what, (value) =>
    value === undefined ? Effect.fail(new HttpApiError.NotFound({})) : Effect.succeed(value)
  )

// In a test it is a defect to ask for what this one cannot do; whoever asks from outside is told.
const explained = <A>(asked: Effect.Effect<A>) =>
  Effect.catchDefect(asked, (defect) =>
    Effect.fail(
      new HttpApiError.BadRequestProblem({ detail: defect instanceof Error ? defect.message : String(defect) })
    )
  )

/** Answers the requests below the admin path, for those who have the token. */
export const makeAdminHandler = (
  local: Omit<LocalSnapTrade["Service"], "baseUrl"> & Hosted,
  inspection: Inspection,
  token: Redacted.Redacted
) =>
  HttpRouter.toHttpEffect(
    HttpApiBuilder.layer(AdminApi, { openapiPath: "/_local/openapi.json" }).pipe(
      Layer.provide(
        HttpApiBuilder.group(AdminApi, "inspector", (handlers) =>
          handlers.handleAll({
            feed: ({ query }) => inspection.feed(query),
            request: ({ params, query }) => found(inspection.request(params.number, query.secrets ?? "hidden")),
            user: ({ params }) => found(inspection.user(params.number)),
            delivery: ({ params }) => found(inspection.delivery(params.number)),
            faults: () => Effect.succeed(offeredFaults),
            forgetInstructions: () => local.forgetInstructions
          })
        )
      ),
      Layer.provide(
        HttpApiBuilder.group(AdminApi, "local", (handlers) =>
          handlers.handleAll({
            settings: () => Effect.succeed({ clientId: local.clientId, consumerKey: local.consumerKey }),
            users: () => local.users,
            requests: () => local.requests,
            next: ({ payload }) => local.next(...payload),
            nextFor: ({ payload }) => local.nextFor(payload.userId, ...payload.instructions),
            door: ({ payload }) => explained(local.door(payload.door)),
            deliveries: () => local.deliveries,
            deliver: ({ payload }) => explained(local.deliver(payload)),
            clock: ({ payload }) => local.adjustClock(payload.by),
            latency: ({ payload }) => local.setLatency(payload.latency),
            reset: () => local.reset
          })
        )
      ),
      Layer.provide(
        Layer.succeed(AdminToken, {
          bearer: (handled, { credential }) =>
            signatureEquals(Redacted.value(credential), Redacted.value(token))
              ? handled
              : Effect.fail(new HttpApiError.Unauthorized({}))
        })
      ),
      Layer.provide([HttpApiMiddleware.layerProblemDetails({ includeDetails: true }), HttpServer.layerServices])
    )
  )
