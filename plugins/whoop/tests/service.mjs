// SPDX-License-Identifier: Apache-2.0
// A small service with the documented behaviour of WHOOP's API v2. What it does is said by these pages of the developer site:
//   "WHOOP API" (the OpenAPI description)  paths, parameters, members, order of lists, pages of at most 25, statuses
//   "Pagination"                           `nextToken` asks for the page after; the end is where `next_token` is missing or empty;
//                                          the example's token is an offset, so a list that moves moves under its reader
//   "API Rate Limiting"                    100 requests a minute and 10,000 a day; X-RateLimit-* with every answer; 429
//   "OAuth 2.0", "Refreshing Access Tokens"  code and refresh, `offline`, an hour, a refresh token that is good once
//
// Called as: service.mjs [--oauth] [--clock]. Prints its port, and ends when its input does. With --oauth it wants tokens that
// it gave; with --clock its time is the machine's, else it stands. A test changes it by requests below /stub/.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));
const example = (name) => JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8'));
const lists = { sleep: '/v2/activity/sleep', recovery: '/v2/recovery', cycle: '/v2/cycle', workout: '/v2/activity/workout' };
const scopeOf = { sleep: 'read:sleep', recovery: 'read:recovery', cycle: 'read:cycles', workout: 'read:workout' };
const most = 25;

class Refusal extends Error {
  constructor(status, body, headers = {}) {
    super(String(status));
    Object.assign(this, { status, body, headers });
  }
}
const refused = (status, error, more = {}) => new Refusal(status, JSON.stringify({ error, ...more }));

export class Service {
  // `authorize(headers)` gives the scopes of a request's token, or null for one that is none; without it every request is let in.
  constructor({ oauth = false, clock = false, authorize = null } = {}) {
    this.options = { oauth, clock, authorize };
    this.reset();
  }

  reset() {
    this.records = { sleep: new Map(), recovery: new Map(), cycle: new Map(), workout: new Map() };
    this.at = Date.parse('2026-04-29T12:00:00Z');
    this.next = [];
    this.faults = [];
    this.requests = [];
    this.limits = { minute: 100, day: 10000 };
    this.used = { minute: [0, 0], day: [0, 0] };
    this.dead = false;
    this.tokens = { access: new Map(), refresh: new Map(), codes: new Map(), given: 0 };
    this.counts = { refreshes: 0, refused: 0, reused: 0, hanging: 0 };
    this.hang = {};
  }
  now() {
    return this.options.clock ? Date.now() : this.at;
  }

  // ---- budgets ("API Rate Limiting")
  spend() {
    const seconds = { minute: 60, day: 86400 };
    let nearest = null;
    for (const name of ['minute', 'day']) {
      const window = Math.floor(this.now() / 1000 / seconds[name]);
      if (this.used[name][0] !== window) this.used[name] = [window, 0];
      this.used[name][1] += 1;
      const remaining = this.limits[name] - this.used[name][1];
      const reset = Math.ceil((window + 1) * seconds[name] - this.now() / 1000);
      if (nearest === null || remaining < nearest.remaining) nearest = { limit: this.limits[name], remaining, reset };
    }
    const headers = {
      'X-RateLimit-Limit': `${nearest.limit}, ${this.limits.minute};window=60, ${this.limits.day};window=86400`,
      'X-RateLimit-Remaining': String(Math.max(0, nearest.remaining)),
      'X-RateLimit-Reset': String(nearest.reset),
    };
    if (nearest.remaining < 0) throw new Refusal(429, '{"message":"Too Many Requests"}', headers);
    return headers;
  }

  // ---- OAuth ("OAuth 2.0", "Refreshing Access Tokens")
  authorization(query) {
    const state = query.get('state') ?? '';
    const back = new URL(query.get('redirect_uri'));
    if (state.length < 8) { // "OAuth 2.0": the state has eight characters at least
      back.searchParams.set('error', 'invalid_state');
    } else {
      const code = `code-${++this.tokens.given}`;
      this.tokens.codes.set(code, query.get('scope') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('scope', query.get('scope') ?? '');
    }
    back.searchParams.set('state', state);
    throw new Refusal(302, '', { Location: back.href });
  }
  token(form) {
    let scope;
    let family;
    if (form.get('client_id') !== 'client-of-the-tests' || form.get('client_secret') !== 'secret-of-the-client') {
      throw refused(401, 'invalid_client');
    }
    if (form.get('grant_type') === 'authorization_code') {
      scope = this.tokens.codes.get(form.get('code'));
      this.tokens.codes.delete(form.get('code'));
      family = ++this.tokens.given;
    } else if (form.get('grant_type') === 'refresh_token') {
      const old = this.tokens.refresh.get(form.get('refresh_token'));
      if (old?.used) { // whoever has it took it from somebody: nobody keeps the grant
        this.counts.reused += 1;
        for (const kind of ['access', 'refresh']) {
          for (const [name, one] of this.tokens[kind]) if (one.family === old.family) this.tokens[kind].delete(name);
        }
      } else if (old) {
        this.counts.refreshes += 1;
        old.used = true;
        ({ scope, family } = old);
        for (const [name, one] of this.tokens.access) if (one.family === family) this.tokens.access.delete(name);
      }
    }
    if (scope === undefined) {
      this.counts.refused += 1;
      throw refused(400, 'invalid_grant', { error_description: 'The provided authorization grant or refresh token is invalid' });
    }
    const number = ++this.tokens.given;
    this.tokens.access.set(`access-${number}`, { scope, family });
    const out = { access_token: `access-${number}`, expires_in: 3600, scope, token_type: 'bearer' };
    if (scope.split(' ').includes('offline')) {
      out.refresh_token = `refresh-${number}`;
      this.tokens.refresh.set(out.refresh_token, { scope, family, used: false });
    }
    return out;
  }
  async scopes(headers) {
    if (this.dead) return null;
    if (this.options.authorize) return this.options.authorize(headers);
    if (!this.options.oauth) return Object.values(scopeOf).concat('read:profile');
    return this.tokens.access.get((headers.authorization ?? '').replace(/^Bearer /, ''))?.scope.split(' ') ?? null;
  }

  // ---- lists
  timesOf(kind, record) {
    if (kind === 'recovery') return this.timesOf('sleep', this.records.sleep.get(record.sleep_id) ?? { start: record.created_at });
    const start = Date.parse(record.start);
    return [start, record.end ? Date.parse(record.end) : this.now()];
  }
  list(kind, query) {
    const moment = (name) => {
      if (!query.has(name)) return undefined;
      const at = Date.parse(query.get(name));
      if (Number.isNaN(at)) throw refused(400, `invalid ${name}`);
      return at;
    };
    const limit = query.has('limit') ? Number(query.get('limit')) : 10;
    if (!Number.isInteger(limit) || limit < 1 || limit > most) throw refused(400, 'limit must be less than or equal to 25');
    const [from, to] = [moment('start') ?? -Infinity, moment('end') ?? this.now()];
    let offset = 0;
    if (query.has('nextToken')) {
      try {
        const told = JSON.parse(Buffer.from(query.get('nextToken'), 'base64url').toString());
        if (told.kind !== kind) throw new Error();
        offset = told.o;
      } catch {
        throw refused(400, 'invalid nextToken');
      }
    }
    const all = [...this.records[kind].values()]
      .map((record) => [this.timesOf(kind, record), record])
      .filter(([[start, end]]) => end >= from && start < to)
      .sort((a, b) => b[0][0] - a[0][0])
      .map(([, record]) => record);
    const page = { records: all.slice(offset, offset + limit) };
    if (offset + limit < all.length) page.next_token = Buffer.from(JSON.stringify({ kind, o: offset + limit })).toString('base64url');
    return page;
  }
  find(kind, id) {
    const record = this.records[kind].get(id);
    if (!record) throw refused(404, 'not found');
    return record;
  }

  // ---- what tests do to it
  key(kind, record) {
    return String(kind === 'recovery' ? record.cycle_id : record.id);
  }
  put(kind, record) {
    this.records[kind].set(this.key(kind, record), record);
  }
  // A night, its recovery and its cycle, and a workout every other day, for each of `days` days up to `last`.
  seed({ days, last, offset = '+02:00' }) {
    const midnight = Date.parse(`${last}T00:00:00${offset === 'Z' ? 'Z' : offset}`);
    for (let i = 0; i < days; ++i) {
      const at = midnight - i * 86400e3;
      const iso = (hours) => new Date(at + hours * 3600e3).toISOString();
      const id = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
      const common = { created_at: iso(7.5), updated_at: iso(8), timezone_offset: offset };
      this.put('sleep', { ...example('sleep'), ...common, id, cycle_id: 10000 - i, start: iso(-1), end: iso(7) });
      this.put('recovery', { ...example('recovery'), created_at: iso(7.5), updated_at: iso(8), cycle_id: 10000 - i, sleep_id: id });
      this.put('cycle', { ...example('cycle'), ...common, id: 10000 - i, start: iso(-1), ...(i > 0 ? { end: iso(23) } : {}) });
      if (i % 2 === 1) this.put('workout', { ...example('workout'), ...common, id: id.replace('0000-4', '0001-4'), start: iso(18), end: iso(19) });
    }
  }
  control(path, body) {
    switch (path) {
      case 'reset': return this.reset();
      case 'put': for (const record of body.records) this.put(body.kind, record); return undefined;
      case 'remove': this.records[body.kind].delete(String(body.id)); return undefined;
      case 'seed': return this.seed(body);
      case 'set': Object.assign(this, body); return undefined;
      case 'pass': this.at += body.seconds * 1000; return undefined;
      case 'next': this.next.push(...body); return undefined;
      case 'fault': this.faults.push(body); return undefined;
      case 'end-access': this.tokens.access.clear(); return undefined;
      case 'end-grant': this.tokens.access.clear(); this.tokens.refresh.clear(); return undefined;
      case 'counts': return this.counts;
      case 'record': return this.records[body.kind].get(body.id);
      case 'hang': this.hang = body; return undefined; // requests that match are never answered, after so many that are
      case 'requests': { const out = this.requests; this.requests = []; return out; }
      default: throw refused(404, 'no such command');
    }
  }
  // A page as no service should send it.
  spoil(fault, text) {
    const page = JSON.parse(text);
    switch (fault) {
      case 'truncated': return text.slice(0, Math.floor(text.length / 2));
      case 'garbled': return text.replace('}', ']').replace(',', ':');
      case 'two': return text + text;
      case 'empty': return '';
      case 'page': return '<html><body>We will be back soon</body></html>';
      case 'error': return '{"error":"something went wrong"}';
      case 'null': return '{"records":null}';
      case 'huge': return text.slice(0, -1) + ',"filler":"' + 'x'.repeat(50 << 20) + '"}';
      case 'repeat': return JSON.stringify({ ...page, next_token: 'again' });
      case 'endless': return JSON.stringify({ ...page, next_token: `token-${++this.tokens.given}` });
      case 'hollow': return JSON.stringify({ records: [], next_token: `token-${++this.tokens.given}` });
      default: throw new Error(`no such fault: ${fault}`);
    }
  }

  async answer(context, method, url, text, headers) {
    const parts = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
    const body = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {};
    if (parts[0] === 'stub') return this.control(parts[1], body);
    const line = `${method} ${url.pathname}${url.search}`;
    this.requests.push(line);
    const planned = this.next.findIndex(({ match }) => line.includes(match));
    if (planned >= 0) {
      const { status = 200, body: whole = '', headers: lines = {} } = this.next.splice(planned, 1)[0];
      throw new Refusal(status, whole, lines);
    }
    if (this.hang.match && line.includes(this.hang.match) && --this.hang.after < 0) {
      this.counts.hanging += 1;
      await new Promise(() => {});
    }
    if (url.pathname === '/oauth/oauth2/auth') return this.authorization(url.searchParams);
    if (url.pathname === '/oauth/oauth2/token') return this.token(new URLSearchParams(text));
    if (parts[0] !== 'developer') throw refused(404, 'not found');
    context.budget = this.spend();
    const scopes = await this.scopes(headers);
    if (scopes === null) throw new Refusal(401, '{"message":"Authorization was not valid"}');
    const path = url.pathname.slice('/developer'.length);
    const allow = (scope) => {
      if (!scopes.includes(scope)) throw refused(403, 'insufficient_scope');
    };
    if (path === '/v2/user/profile/basic') {
      allow('read:profile');
      return example('profile');
    }
    for (const [kind, at] of Object.entries(lists)) {
      if (path !== at && !(kind !== 'recovery' && path.startsWith(`${at}/`))) continue;
      allow(scopeOf[kind]);
      if (path !== at) return this.find(kind, path.slice(at.length + 1));
      const fault = this.faults.find(({ match }) => line.includes(match));
      if (!fault) return this.list(kind, url.searchParams);
      const query = new URLSearchParams(url.searchParams);
      query.delete('nextToken');
      throw new Refusal(200, this.spoil(fault.fault, JSON.stringify(this.list(kind, fault.keep ? url.searchParams : query))));
    }
    throw refused(404, 'not found');
  }

  // One exchange, whole.
  async handle(method, target, text, headers) {
    const context = { budget: {} };
    const lines = () => ({ 'Content-Type': 'application/json', Date: new Date(this.now()).toUTCString(), ...context.budget });
    try {
      const out = await this.answer(context, method, new URL(target, 'http://stub'), text, headers);
      return { status: out === undefined ? 204 : 200, headers: lines(), body: out === undefined ? '' : JSON.stringify(out) };
    } catch (error) {
      if (!(error instanceof Refusal)) return { status: 500, headers: lines(), body: JSON.stringify({ stub: String(error.stack) }) };
      return { status: error.status, headers: { ...lines(), ...error.headers }, body: error.body };
    }
  }
}

// Serves until whoever started it ends, however that ends.
export async function serve(service) {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => { text += piece; });
    request.on('end', async () => {
      const { status, headers, body } = await service.handle(request.method, request.url, text, request.headers);
      response.writeHead(status, headers);
      response.end(body);
    });
  });
  server.keepAliveTimeout = 60e3;
  process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await serve(new Service({ oauth: process.argv.includes('--oauth'), clock: process.argv.includes('--clock') }));
  console.log(server.address().port);
}
