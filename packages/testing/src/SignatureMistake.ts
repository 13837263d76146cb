/**
 * The mistakes that one makes when signing a request by hand, and what to do about each.
 */
import * as Schema from "effect/Schema"

/** The name of a mistake. */
export const SignatureMistake = Schema.Literals([
  "signature-missing",
  "client-id-missing",
  "client-id-unknown",
  "timestamp-missing",
  "timestamp-in-milliseconds",
  "timestamp-skewed",
  "timestamp-not-whole",
  "timestamp-differs",
  "body-not-json",
  "path-with-old-prefix",
  "path-without-prefix",
  "path-differs",
  "query-sorted",
  "query-reordered",
  "query-encoded-again",
  "query-decoded",
  "query-incomplete",
  "query-with-question-mark",
  "query-missing",
  "body-with-white-space",
  "body-unsorted",
  "body-as-text",
  "body-missing",
  "empty-body-not-null",
  "null-members-left-out",
  "content-left-out",
  "message-with-white-space",
  "message-unsorted",
  "message-with-new-line",
  "message-is-body",
  "non-ascii-escaped",
  "html-escaped",
  "slashes-escaped",
  "not-utf-8",
  "key-with-white-space",
  "key-quoted",
  "key-uri-encoded",
  "key-decoded",
  "key-encoded",
  "key-is-client-id",
  "key-missing",
  "key-as-signature",
  "another-hash",
  "no-hmac",
  "key-and-message-swapped",
  "signature-in-hex",
  "signature-of-hex",
  "signature-in-base64url",
  "signature-without-padding",
  "signature-uri-encoded",
  "signature-decorated"
])

/** The name of a mistake. */
export type SignatureMistake = typeof SignatureMistake.Type

/** What to do about a mistake, in a sentence or two. */
export const advice: Readonly<Record<SignatureMistake, string>> = {
  "signature-missing": "There is no header Signature. Send the base64 HMAC-SHA256 of the canonical JSON in it.",
  "client-id-missing": "There is no clientId in the query. Put it there, and sign the query with it.",
  "client-id-unknown":
    "The clientId in the query is not the one that is served here. Take clientId and consumerKey of the same key.",
  "timestamp-missing":
    "There is no timestamp in the query. Put the Unix time in seconds there, and sign the query with it.",
  "timestamp-in-milliseconds":
    "The timestamp is in milliseconds. Divide by 1000 and round down: it is in Unix seconds.",
  "timestamp-skewed":
    "The timestamp is too far from the time here. Take the time when the request is sent, in UTC, and set the machine's clock.",
  "timestamp-not-whole": "The timestamp is no whole number of seconds. Round down, and write digits only.",
  "timestamp-differs": "The timestamp that was signed is not the one that was sent. Take the time once, for both.",
  "body-not-json": "The body is not JSON. Send JSON, or no body at all.",
  "path-with-old-prefix":
    "The path was signed with the prefix /api/v1, and sent without it. Sign the path that is sent.",
  "path-without-prefix": "The path was sent with a prefix, and signed without it. Sign the whole path that is sent.",
  "path-differs":
    "The path that was signed is not the one that was sent. Sign it as it is sent: with its first slash, without host or query, in its own case.",
  "query-sorted": "The query was sorted before it was signed. Sign it in the order in which it is sent.",
  "query-reordered": "The query was signed in another order than it was sent. Sign the very text that is sent.",
  "query-encoded-again":
    "The query was encoded once more, or in another way, before it was signed. Sign the very text that is sent.",
  "query-decoded":
    "The query was decoded before it was signed. Sign the very text that is sent, with its percent signs.",
  "query-incomplete": "Not the whole query was signed. Sign it last, with every parameter that is sent.",
  "query-with-question-mark": "The query was signed with its question mark. Sign what comes after it.",
  "query-missing": "The query was not signed. It belongs into the canonical JSON, as the text that is sent.",
  "body-with-white-space": "The body was signed with white space. Sign its JSON without any, whatever is sent.",
  "body-unsorted": "The body was signed with its keys unsorted. Sort the keys of what is signed, at every level.",
  "body-as-text": "The body was signed as a text, in quotes. What is signed as content is the JSON itself.",
  "body-missing": "The body was not signed: content was null. Sign the JSON that is sent.",
  "empty-body-not-null": "An empty body was signed as something else than null. No body and {} both sign as null.",
  "null-members-left-out": "Members that are null were sent, and left out of what was signed. Sign all that is sent.",
  "content-left-out": "The canonical JSON had no content. It always has one: null where there is no body.",
  "message-with-white-space":
    'The canonical JSON was written with white space. Write it without any: in Python json.dumps(…, separators=(",", ":")).',
  "message-unsorted": "The canonical JSON had its members in another order. They are sorted: content, path, query.",
  "message-with-new-line": "The canonical JSON ended with a new line. In a shell write it with printf, not with echo.",
  "message-is-body": "Only the body was signed. What is signed is the JSON of content, path and query.",
  "non-ascii-escaped":
    "Characters beyond ASCII were escaped as \\uXXXX before they were signed. Sign UTF-8: in Python json.dumps(…, ensure_ascii=False), in PHP JSON_UNESCAPED_UNICODE.",
  "html-escaped":
    "&, < and > were escaped as \\u0026 and so on before they were signed. Sign them as they are: in Go Encoder.SetEscapeHTML(false), in Java's Gson disableHtmlEscaping(), in .NET JavaScriptEncoder.UnsafeRelaxedJsonEscaping.",
  "slashes-escaped":
    "Slashes were escaped as \\/ before they were signed. Sign them as they are: in PHP JSON_UNESCAPED_SLASHES.",
  "not-utf-8": "The canonical JSON was signed in another encoding than UTF-8. Encode it as UTF-8.",
  "key-with-white-space":
    "The consumerKey has stray white space around it. Trim it: pasting and files bring new lines along.",
  "key-quoted": "The consumerKey is in quotes. Take them off: some readers of .env files leave them in.",
  "key-uri-encoded": "The consumerKey was URI-encoded before use. Use it as it is.",
  "key-decoded": "The consumerKey was decoded, as if it were base64 or hex. Use the bytes of its text.",
  "key-encoded": "The consumerKey was encoded as base64 or hex. Use the bytes of its text.",
  "key-is-client-id": "The clientId was used as the key. The key is the consumerKey.",
  "key-missing": "The consumerKey was empty or undefined. Look whether the variable that should hold it is set.",
  "key-as-signature":
    "The consumerKey itself was sent as the signature. Never send it: sign with it, and take a new one where it was sent.",
  "another-hash": "The signature was made with another hash. Use HMAC with SHA-256.",
  "no-hmac": "The signature is a plain hash. Use HMAC-SHA256, with the consumerKey as its key.",
  "key-and-message-swapped":
    "Key and message were swapped. The key is the consumerKey, the message the canonical JSON.",
  "signature-in-hex": "The signature is in hex. Encode the digest's bytes as base64.",
  "signature-of-hex": "The signature is the base64 of a hex text. Encode the digest's bytes, not its hex.",
  "signature-in-base64url": "The signature is in base64url. Use the standard alphabet, with + and /.",
  "signature-without-padding": "The signature lost its padding. Base64 of 32 bytes ends with =.",
  "signature-uri-encoded": "The signature was URI-encoded. A header takes it as it is.",
  "signature-decorated":
    "There is something around the signature: quotes, a name such as sha256=, or white space. Send the base64 alone."
}
