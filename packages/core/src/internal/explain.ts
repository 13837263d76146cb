/**
 * What a schema refuses, without the values.
 */
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/** Field by field, on one line. */
export const explain = ({ issue }: Schema.SchemaError): string =>
  formatIssue(issue)
    .issues.map(({ message, path }) =>
      [path?.map(String).join(".") ?? "", message].filter((part) => part !== "").join(" ")
    )
    .join("; ")
