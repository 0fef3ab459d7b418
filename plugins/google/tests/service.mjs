// SPDX-License-Identifier: Apache-2.0
// A small service with the documented behaviour that no emulation at hand has: sync tokens and 410, single events, PATCH,
// ETags and If-Match, series with their instances. Series are expanded by other means than the provider's.
//
// Called as: service.mjs ICAL_JS [--auth TOKEN]. Prints its port, and ends when its
// input does. A test changes it by requests below /stub/.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { expand, keyOf, rfc3339, toUtc } from './expand.mjs';

const { default: ICAL } = await import(pathToFileURL(process.argv[2]));
const token = process.argv[3] === '--auth' ? process.argv[4] : null;
const day = 86400e3;

let state;
function reset() {
  state = { calendars: new Map(), seq: 0, epoch: 1, now: Date.parse('2026-04-29T12:00:00Z'), next: [], requests: [], ids: 0,
    instanceEtags: false };
  addCalendar({ id: 'me@example.com', summary: 'me@example.com', timeZone: 'Europe/Berlin', accessRole: 'owner', primary: true, selected: true });
}
function addCalendar(entry) {
  state.calendars.set(entry.id, { entry: { kind: 'calendar#calendarListEntry', ...entry }, events: new Map() });
}
reset();

class Refusal extends Error {
  constructor(status, reason, message, headers = {}) {
    super(message);
    Object.assign(this, { status, reason, headers });
  }
}
const notFound = () => new Refusal(404, 'notFound', 'Not Found');

const allDay = (time) => time?.date !== undefined && time.date !== null;
const zoneOf = (calendar, time) => time.timeZone ?? calendar.entry.timeZone;
const moment = (time) => (allDay(time) ? Date.parse(time.date + 'T00:00:00Z') : Date.parse(time.dateTime));
function timeAt(calendar, like, at) {
  if (allDay(like)) return { date: new Date(at).toISOString().slice(0, 10) };
  return { dateTime: rfc3339(calendar.entry.timeZone, at), timeZone: zoneOf(calendar, like) };
}
const stamp = () => new Date(state.now).toISOString();

// Puts an event as it is from now on; everything about versions is the service's.
function store(calendar, event) {
  state.seq += 1;
  state.now += 1000;
  const known = calendar.events.get(event.id);
  const out = {
    kind: 'calendar#event', status: 'confirmed', created: known?.created ?? stamp(), ...event, updated: stamp(),
    etag: `"${state.seq}000"`, htmlLink: `https://www.google.com/calendar/event?eid=${event.id}`,
    iCalUID: event.iCalUID ?? `${event.recurringEventId ?? event.id}@google.com`, seq: state.seq,
  };
  for (const name of ['start', 'end', 'originalStartTime']) {
    if (out[name]) {
      out[name] = Object.fromEntries(Object.entries(out[name]).filter(([, value]) => value !== null));
      if (!allDay(out[name]) && out.status !== 'cancelled') {
        if (!/(Z|[+-]\d\d:\d\d)$/.test(out[name].dateTime)) {
          if (!out[name].timeZone) throw new Refusal(400, 'required', 'Missing time zone definition.');
          out[name].dateTime = rfc3339('UTC', toUtc(out[name].timeZone, Date.parse(`${out[name].dateTime}Z`)));
        }
        out[name] = { dateTime: rfc3339(calendar.entry.timeZone, moment(out[name])), timeZone: zoneOf(calendar, out[name]) };
      }
    }
  }
  calendar.events.set(out.id, out);
  return out;
}

const shown = ({ seq, ...event }) => event;
// What is left of a cancelled event: of an exception the ids and the original start.
function cancelledForm(event) {
  const { kind, etag, id, status, recurringEventId, originalStartTime } = event;
  return recurringEventId ? { kind, etag, id, status, recurringEventId, originalStartTime } : { kind, etag, id, status };
}
const exceptionsOf = (calendar, master) =>
  [...calendar.events.values()].filter((event) => event.recurringEventId === master.id);

function instances(calendar, master, from, to) {
  const start = moment(master.start);
  const length = moment(master.end) - start;
  const days = allDay(master.start);
  const taken = new Map(exceptionsOf(calendar, master).map((event) => [event.id, event]));
  const out = [];
  const rule = { start, allDay: days, zone: days ? 'UTC' : zoneOf(calendar, master.start), lines: master.recurrence };
  for (const at of expand(ICAL, rule, from - length - 2 * day, to)) {
    const id = `${master.id}_${keyOf(days, at)}`;
    if (taken.has(id)) continue;
    if (at + length <= from) continue;
    const { recurrence, ...rest } = master;
    out.push({
      ...rest, id, start: timeAt(calendar, master.start, at), end: timeAt(calendar, master.end, at + length),
      recurringEventId: master.id, originalStartTime: timeAt(calendar, master.start, at),
      htmlLink: `https://www.google.com/calendar/event?eid=${id}`,
      etag: state.instanceEtags ? master.etag.slice(0, -1) + `-${keyOf(days, at)}"` : master.etag,
    });
  }
  return out;
}

// An event, an exception, or an instance that is none yet.
function find(calendar, id) {
  if (calendar.events.has(id)) return calendar.events.get(id);
  const match = /^(.+)_(\d{8})(T\d{6}Z)?$/.exec(id);
  const master = match && calendar.events.get(match[1]);
  if (!master?.recurrence || master.status === 'cancelled') throw notFound();
  const [date, time] = [match[2], match[3] ?? 'T000000Z'];
  const at = Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(1, 3)}:${time.slice(3, 5)}:${time.slice(5)}`);
  const found = instances(calendar, master, at - 1, at + 1).find((event) => event.id === id);
  if (!found) throw notFound();
  return found;
}

function list(calendar, query) {
  const has = (name) => query.has(name);
  const expanded = query.get('singleEvents') === 'true';
  if (has('syncToken')) {
    for (const name of ['iCalUID', 'orderBy', 'privateExtendedProperty', 'q', 'sharedExtendedProperty', 'timeMin', 'timeMax', 'updatedMin']) {
      if (has(name)) throw new Refusal(400, 'badRequest', `Sync token cannot be used with ${name}.`);
    }
    if (query.get('showDeleted') === 'false') throw new Refusal(400, 'badRequest', 'showDeleted cannot be false.');
  }
  const [epoch, since, mode] = has('syncToken') ? query.get('syncToken').split('.') : [String(state.epoch), '0', String(expanded)];
  if (epoch !== String(state.epoch)) {
    throw new Refusal(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.');
  }
  if (mode !== String(expanded)) throw new Refusal(400, 'badRequest', 'Parameters differ from those of the token.');
  const bound = (name) => (has(name) ? Date.parse(query.get(name)) : undefined);
  const [min, max] = [bound('timeMin'), bound('timeMax')];
  if (Number.isNaN(min) || Number.isNaN(max)) throw new Refusal(400, 'badRequest', 'Bad Request');
  const inside = (event) =>
    (min === undefined || moment(event.end) > min) && (max === undefined || moment(event.start) < max);
  let items = [];
  for (const event of calendar.events.values()) {
    if (has('syncToken') && event.seq <= Number(since)) continue;
    const master = event.recurringEventId && calendar.events.get(event.recurringEventId);
    if (event.status === 'cancelled') {
      const ofLiving = master && master.status !== 'cancelled';
      if (has('syncToken') || (ofLiving && !expanded)) items.push(cancelledForm(event));
    } else if (event.recurrence && expanded) {
      items.push(...instances(calendar, event, min ?? 0, max ?? state.now + 730 * day).filter(inside));
    } else if (inside(event)) {
      items.push(event);
    }
  }
  items.sort((a, b) => (a.id < b.id ? 1 : -1)); // in no order that helps
  const size = Math.min(Number(query.get('maxResults') ?? 250), state.pageSize ?? 2500);
  const page = Number(query.get('pageToken') ?? 0);
  const out = { kind: 'calendar#events', etag: '"list"', summary: calendar.entry.summary, updated: stamp(),
    timeZone: calendar.entry.timeZone, accessRole: calendar.entry.accessRole, defaultReminders: [],
    items: items.slice(page, page + size).map(shown) };
  if (page + size < items.length) out.nextPageToken = String(page + size);
  else if (min === undefined && max === undefined) out.nextSyncToken = `${state.epoch}.${state.seq}.${expanded}`;
  return out;
}

function merge(into, change) {
  const out = { ...into };
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete out[name];
    else if (name === 'start' || name === 'end') out[name] = { ...into[name], ...value };
    else out[name] = value;
  }
  return out;
}

function checkMatch(event, headers) {
  const wanted = headers['if-match'];
  if (wanted !== undefined && wanted !== '*' && wanted !== event.etag) {
    throw new Refusal(412, 'conditionNotMet', 'Precondition Failed');
  }
}

function events(calendar, method, rest, query, body, headers) {
  const [id, more] = rest;
  if (id === undefined) {
    if (method === 'GET') return list(calendar, query);
    if (method !== 'POST') throw notFound();
    if (!body.start || !body.end) throw new Refusal(400, 'required', 'Missing end time.');
    if (body.id !== undefined && !/^[0-9a-v]{5,1024}$/.test(body.id)) throw new Refusal(400, 'invalid', 'Invalid resource id value.');
    if (calendar.events.has(body.id)) throw new Refusal(409, 'duplicate', 'The requested identifier already exists.');
    if (body.recurrence && !allDay(body.start) && !body.start.timeZone) throw new Refusal(400, 'required', 'Missing time zone definition for start time.');
    return shown(store(calendar, { id: `made${++state.ids}`, ...body, sequence: 0 }));
  }
  const event = find(calendar, id);
  if (more === 'instances') return { kind: 'calendar#events', items: instances(calendar, event, 0, state.now + 730 * day).map(shown) };
  if (method === 'GET') return event.status === 'cancelled' ? cancelledForm(event) : shown(event);
  if (event.status === 'cancelled') throw new Refusal(410, 'deleted', 'Resource has been deleted');
  checkMatch(event, headers);
  if (method === 'PATCH') return shown(store(calendar, merge(event, body)));
  if (method !== 'DELETE') throw notFound();
  if (event.recurrence) for (const one of exceptionsOf(calendar, event)) store(calendar, { ...one, status: 'cancelled' });
  store(calendar, { ...event, status: 'cancelled' });
  return undefined;
}

function freeBusy(body) {
  const [from, to] = [Date.parse(body.timeMin), Date.parse(body.timeMax)];
  if (to - from > 62 * day) throw new Refusal(400, 'timeRangeTooLong', 'The requested time range is too long.');
  const calendars = {};
  for (const { id } of body.items) {
    const calendar = state.calendars.get(id);
    if (!calendar) {
      calendars[id] = { errors: [{ domain: 'global', reason: 'notFound' }], busy: [] };
      continue;
    }
    const all = [...calendar.events.values()]
      .filter((event) => event.status !== 'cancelled')
      .flatMap((event) => (event.recurrence ? instances(calendar, event, from, to) : [event]))
      .filter((event) => event.transparency !== 'transparent' && moment(event.end) > from && moment(event.start) < to)
      .map((event) => [Math.max(moment(event.start), from), Math.min(moment(event.end), to)])
      .sort((a, b) => a[0] - b[0]);
    const busy = [];
    for (const [start, end] of all) {
      const last = busy.at(-1);
      if (last && last[1] >= start) last[1] = Math.max(last[1], end);
      else busy.push([start, end]);
    }
    calendars[id] = { busy: busy.map(([start, end]) => ({ start: rfc3339('UTC', start), end: rfc3339('UTC', end) })) };
  }
  return { kind: 'calendar#freeBusy', timeMin: body.timeMin, timeMax: body.timeMax, calendars };
}

// What tests do to it.
function control(path, body) {
  switch (path) {
    case 'reset': return reset();
    case 'calendar': return addCalendar(body);
    case 'remove-calendar': state.calendars.delete(body.id); return undefined;
    case 'put': {
      for (const event of body.events) store(state.calendars.get(body.calendar ?? 'me@example.com'), event);
      return undefined;
    }
    case 'expire': state.epoch += 1; return undefined;
    case 'forget': { // cancelled events are not told for ever
      for (const { events } of state.calendars.values()) {
        for (const [id, event] of events) if (event.status === 'cancelled' && !event.recurringEventId) events.delete(id);
      }
      return undefined;
    }
    case 'set': Object.assign(state, body); return undefined;
    case 'next': state.next.push(...body); return undefined;
    case 'requests': { const out = state.requests; state.requests = []; return out; }
    default: throw notFound();
  }
}

function answer(method, url, body, headers) {
  const parts = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  if (parts[0] === 'stub') return control(parts[1], body);
  const fault = state.next.findIndex(({ match }) => `${method} ${url.pathname}${url.search}`.includes(match));
  state.requests.push(`${method} ${url.pathname}${url.search}`);
  if (fault >= 0) throw Object.assign(new Refusal(0, '', ''), { fault: state.next.splice(fault, 1)[0] });
  if (url.pathname === '/o/oauth2/v2/auth') { // whoever asks is let in
    const back = new URL(url.searchParams.get('redirect_uri'));
    back.searchParams.set('code', 'code-of-the-stub');
    back.searchParams.set('state', url.searchParams.get('state'));
    throw new Refusal(302, '', '', { Location: back.href });
  }
  if (url.pathname === '/oauth2/token') {
    return { access_token: token, refresh_token: 'refresh-of-the-stub', expires_in: 3599, token_type: 'Bearer' };
  }
  if (url.pathname === '/oauth2/revoke') return {};
  if (token !== null && headers.authorization !== `Bearer ${token}`) throw new Refusal(401, 'authError', 'Invalid Credentials');
  if (url.pathname === '/calendar/v3/users/me/calendarList') {
    const all = [...state.calendars.values()].map((calendar) => calendar.entry);
    const page = Number(url.searchParams.get('pageToken') ?? 0);
    const size = state.pageSize ?? 100;
    return { kind: 'calendar#calendarList', items: all.slice(page, page + size),
      ...(page + size < all.length ? { nextPageToken: String(page + size) } : { nextSyncToken: 'list' }) };
  }
  if (url.pathname === '/calendar/v3/freeBusy' && method === 'POST') return freeBusy(body);
  if (url.pathname === '/v1/userinfo' || url.pathname === '/oauth2/v2/userinfo') return { sub: '1234567890', email: 'me@example.com' };
  if (parts[2] === 'calendars' && parts[4] === 'events') {
    const calendar = state.calendars.get(parts[3]);
    if (!calendar) throw notFound();
    return events(calendar, method, parts.slice(5), url.searchParams, body, headers);
  }
  throw notFound();
}

const server = createServer((request, response) => {
  let text = '';
  request.on('data', (piece) => { text += piece; });
  request.on('end', () => {
    const send = (status, body, headers = {}) => {
      response.writeHead(status, { 'Content-Type': 'application/json; charset=UTF-8', Date: new Date(state.now).toUTCString(), ...headers });
      response.end(body);
    };
    try {
      const out = answer(request.method, new URL(request.url, 'http://stub'), text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {}, request.headers);
      if (out === undefined) send(204);
      else send(200, JSON.stringify(out, null, 1), out.etag ? { ETag: out.etag } : {});
    } catch (error) {
      if (error.fault) return send(error.fault.status ?? 200, error.fault.body ?? '', error.fault.headers);
      if (!(error instanceof Refusal)) return send(500, JSON.stringify({ stub: String(error.stack) }));
      send(error.status, JSON.stringify({ error: { code: error.status, message: error.message,
        errors: [{ domain: 'global', reason: error.reason, message: error.message }] } }), error.headers);
    }
  });
});
server.keepAliveTimeout = 60e3;
// It ends with whoever started it, however that ends.
process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume();
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
