/**
 * What a schema refuses, without the values.
 */
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

const formatIssue = SchemaIssue.makeFormatterDefault()

// `SchemaIssue.makeFormatterStandardSchemaV1` tells fields apart too, and would be another formatter in every Worker.
const explained = (
  issue: SchemaIssue.Issue,
  path: ReadonlyArray<PropertyKey> = [],
  message?: string
): ReadonlyArray<string> => {
  if ("issues" in issue && issue.issues.length > 0)
    return issue.issues.flatMap((part) => explained(part, path, message))
  if (issue._tag === "Pointer") return explained(issue.issue, [...path, ...issue.path], message)
  if (issue._tag === "Encoding") return explained(issue.issue, path, message)
  // A check that names a place has an issue of its own there; else it knows best what it expects.
  if (issue._tag === "Filter" && issue.issue._tag !== "InvalidValue") {
    const said = issue.filter.annotations?.message
    return explained(issue.issue, path, message ?? (typeof said === "string" ? said : undefined))
  }
  return [[path.map(String).join("."), message ?? formatIssue(issue)].filter((part) => part !== "").join(" ")]
}

/** Field by field, on one line. */
export const explain = ({ issue }: Schema.SchemaError): string => explained(issue).join("; ")
