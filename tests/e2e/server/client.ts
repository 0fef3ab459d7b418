// SPDX-License-Identifier: Apache-2.0
// node client.ts URL: calls every operation of the document by a client that has its types from it.
import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";

declare const process: { argv: string[] };
const url = process.argv[2]!;
const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, Record<string, any>> };

function assert(holds: unknown, what = "it does not hold"): asserts holds {
  if (!holds) throw new Error(what);
}
function same(got: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  assert(a === b, `${a} is not ${b}`);
}

// Which operations were called, as the server saw them.
const called = new Set<string>();
const client = createClient<paths, "application/json" | "application/problem+json">({ baseUrl: url });
client.use({
  onRequest({ request, schemaPath }) {
    called.add(`${request.method} ${schemaPath}`);
  },
});
type Answer = { data?: unknown; error?: unknown; response: Response };
async function good<T extends Answer>(answer: Promise<T>): Promise<NonNullable<T["data"]>> {
  const { data, error, response } = await answer;
  assert(response.ok, `${response.url}: ${response.status} ${JSON.stringify(error)}`);
  return data as NonNullable<T["data"]>;
}

// Keys as people write them: the client escapes them, colons and all. This account's id has a colon and a slash.
const commits = ":~git:repo:commits";
const events = ":~sample:a%3Ab%2Fc:events";

const version = await good(client.GET("/api/version"));
assert(version.tento);
const providers = await good(client.GET("/api/providers"));
same(providers.providers.map((p) => p.id).sort(), ["git", "sample"]);
await good(client.GET("/api/providers/{id}", { params: { path: { id: "git" } } }));
await good(client.GET("/api/rows", { params: { query: { provider: "sample" } } }));
const runs = await good(
  client.POST("/api/rows/{key}/sync", { params: { path: { key: commits }, header: { Prefer: "wait=60" } }, body: {} }),
);
assert(runs.runs.every((r) => r.status === "ok"), JSON.stringify(runs));
await good(
  client.POST("/api/rows/{key}/sync", {
    params: { path: { key: events }, header: { Prefer: "wait=60" } },
    body: { stage: "viewport", timeout: "1m" },
  }),
);
const three = await good(client.GET("/api/rows/{key}/cells", { params: { path: { key: commits }, query: { limit: 3 } } }));
same(three.cells.length, 3);
const of = { params: { path: { key: events } } };
same((await good(client.GET("/api/rows/{key}/cells", of))).cells.map((c) => c.id), ["e1", "e2", "e3"]);
const lines = await good(
  client.GET("/api/rows/{key}/cells", { ...of, headers: { Accept: "application/jsonl" }, parseAs: "text" }),
);
same(String(lines).trim().split("\n").length, 3);
// Dates that a stage for history fetches: reading them has it queued.
const range = { path: { key: events }, query: { from: "ym-2026-04", to: "2026-04-30T00:00:00+02:00" } };
same((await good(client.GET("/api/rows/{key}/cells", { params: range }))).cells.map((c) => c.id), ["e1"]);
await good(client.POST("/api/rows/{key}/cells", { ...of, body: { title: "made" } }));
await good(
  client.PATCH("/api/rows/{key}/cells", {
    params: { path: { key: events }, query: { id: "e1" }, header: { "Idempotency-Key": "one" } },
    body: { title: "changed" },
  }),
);
const after = await good(client.GET("/api/rows/{key}/cells", of));
same(after.cells.find((c) => c.id === "e1")?.data, { title: "changed" });
// The fixture lets only operators delete; whether this caller is one is not what is asked here.
const gone = await client.DELETE("/api/rows/{key}/cells", { params: { path: { key: events }, query: { id: "e2" } } });
assert([200, 403].includes(gone.response.status), String(gone.response.status));

let cursor: string | undefined;
let changes = 0;
for (let more = true; more; ) {
  const page = await good(client.GET("/api/changes", { params: { query: { cursor, limit: 7 } } }));
  changes += page.changes.length;
  cursor = page.cursor;
  more = page.more;
}
assert(changes >= 23, String(changes));
const listed = await good(client.GET("/api/runs", { params: { query: { row: commits, limit: 1 } } }));
await good(client.GET("/api/runs/{id}", { params: { path: { id: listed.runs[0]!.id! } } }));
await good(
  client.POST("/api/accounts/connect", {
    body: { provider: "sample", integration: "Sample", id: "two", set: ["root=/"], "no-check": true },
  }),
);
const accounts = await good(client.GET("/api/accounts"));
same(accounts.accounts.map((a) => a.id).sort(), ["a:b/c", "repo", "two"]);
await good(
  client.DELETE("/api/accounts/{account}", {
    params: { path: { account: "a:b/c" }, query: { provider: "sample", purge: true } },
  }),
);
same((await good(client.GET("/api/accounts"))).accounts.length, 2);
await good(client.PATCH("/api/user", { body: { zone: "Europe/Berlin" } }));
same((await good(client.GET("/api/user"))).zone, "Europe/Berlin");
await good(client.GET("/api/store/dump", { parseAs: "text" }));
await good(client.GET("/api/config"));
await good(client.GET("/api/doctor"));

// What streams does not end by itself.
const stop = new AbortController();
const stream = await good(
  client.GET("/api/events", { params: { header: { "Last-Event-ID": cursor } }, parseAs: "stream", signal: stop.signal }),
);
const first = await (stream as ReadableStream<Uint8Array>).getReader().read();
assert(new TextDecoder().decode(first.value).includes("event: ready"));
stop.abort();

// An error has the shape that the document says.
const refused = await client.GET("/api/rows/{key}/cells", { params: { path: { key: ":~git:nobody:commits" } } });
same(refused.response.status, 404);
assert(refused.error && refused.error.code && refused.error.type.startsWith("/errors/"));

// Whatever else the document has is there, too: an answer, or a refusal that is about the arguments.
const anything = client as unknown as Record<string, (path: string, init: object) => Promise<Answer>>;
const member: Record<string, string> = { code: "usage" };
for (const [path, methods] of Object.entries(document.paths))
  for (const [method, operation] of Object.entries(methods)) {
    const name = `${method.toUpperCase()} ${path}`;
    if (called.has(name)) continue;
    const params: Record<string, string> = {};
    for (const parameter of operation.parameters ?? [])
      if (parameter.in === "path") params[parameter.name] = member[parameter.name] ?? "x";
    const body = operation.requestBody ? { body: {} } : {};
    const { error, response } = await anything[method.toUpperCase()]!(path, {
      params: { path: params },
      parseAs: "text",
      ...body,
    });
    const code = (error as { code?: string } | undefined)?.code;
    if (path === "/metrics" && code === "no_such_path") continue;
    assert(response.status < 500, `${name}: ${response.status} ${JSON.stringify(error)}`);
    assert(!["no_such_path", "method_not_allowed"].includes(code ?? ""), `${name}: ${code}`);
    if (method === "get" && Object.keys(params).every((p) => p in member)) assert(response.ok, `${name}: ${code}`);
  }
const all = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);
same([...called].sort(), all.sort());
console.log(`${called.size} operations were called`);
