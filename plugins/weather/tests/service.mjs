// SPDX-License-Identifier: Apache-2.0
// A small Open-Meteo: forecast, archive, air quality, and places by id, after its documentation (see ../fixtures/README.md).
// The weather is made up, and the same each time. Zones are those of this Node, which is not what the provider knows them by.
//
// Called as: service.mjs AJV PUBLISHED. Prints its port, and ends when its input does. A test changes it by requests
// below /stub/.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [ajvPath, publishedPath] = process.argv.slice(2);
const Ajv = createRequire(import.meta.url)(ajvPath).default;
const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
const published = Object.fromEntries(Object.entries(JSON.parse(readFileSync(publishedPath))).map(([path, says]) =>
  [path, { says, query: ajv.compile(says.query), answer: ajv.compile(says.answer), refusal: ajv.compile(says.refusal) }]));

const hour = 3600, day = 86400;
const places = [
  [2063523, 'Perth', -31.95224, 115.8614, 'Australia/Perth'], [5856195, 'Honolulu', 21.30694, -157.85833, 'Pacific/Honolulu'],
  [2950159, 'Berlin', 52.52437, 13.41053, 'Europe/Berlin'], [2147714, 'Sydney', -33.86785, 151.20732, 'Australia/Sydney'],
  [2159913, 'Lord Howe', -31.55, 159.08, 'Australia/Lord_Howe'], [1275004, 'Kolkata', 22.56263, 88.36304, 'Asia/Kolkata'],
  [1283240, 'Kathmandu', 27.70169, 85.3206, 'Asia/Kathmandu'], [3871336, 'Santiago', -33.45694, -70.64827, 'America/Santiago'],
  [3133895, 'Tromso', 69.6489, 18.95508, 'Europe/Oslo'], [4035413, 'Apia', -13.83333, -171.76666, 'Pacific/Apia'],
  [4030940, 'Kiritimati', 1.98487, -157.47502, 'Pacific/Kiritimati'], [2267057, 'Lisbon', 38.71667, -9.13333, 'Europe/Lisbon'],
  [6295630, 'Gulf of Guinea', 0, 6.5, 'Etc/GMT'],
];
const units = { temperature_2m: '°C', apparent_temperature: '°C', dew_point_2m: '°C', relative_humidity_2m: '%', precipitation: 'mm',
  rain: 'mm', snowfall: 'cm', precipitation_probability: '%', weather_code: 'wmo code', cloud_cover: '%', pressure_msl: 'hPa',
  wind_speed_10m: 'km/h', wind_gusts_10m: 'km/h', wind_direction_10m: '°', shortwave_radiation: 'W/m²', sunshine_duration: 's',
  uv_index: '', european_aqi: 'EAQI', us_aqi: 'USAQI', sunrise: 'unixtime', sunset: 'unixtime' };
const unitOf = (name) => units[name] ?? (name.endsWith('_pollen') ? 'grains/m³' : 'μg/m³');

let state;
function reset() {
  state = { now: Date.parse('2026-04-29T12:00:00Z') / 1000, lateDays: 5, next: [], edits: [], requests: [], violations: [], zone: null };
}
reset();

class Refusal extends Error {
  constructor(status, reason, headers = {}) {
    super(reason);
    Object.assign(this, { status, headers });
  }
}

const formats = new Map();
function wall(zone, at) { // [year, month, day, hour, minute] of a zone's clock
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit',
      day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }));
  }
  return Object.fromEntries(formats.get(zone).formatToParts(new Date(at * 1000)).map((part) => [part.type, part.value]));
}
function offsetAt(zone, at) {
  const w = wall(zone, at);
  return Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second) / 1000 - at;
}
const dateOf = (zone, at) => { const w = wall(zone, at); return `${w.year}-${w.month}-${w.day}`; };
const midnight = (date) => Date.parse(date + 'T00:00:00Z') / 1000;
const isoDay = (at) => new Date(at * 1000).toISOString().slice(0, 10);
const round = (x, decimals) => Number(x.toFixed(decimals));
const zoneAt = (latitude, longitude) =>
  state.zone ?? places.find(([, , y, x]) => Math.abs(y - latitude) < 0.3 && Math.abs(x - longitude) < 0.3)?.[4] ?? 'Etc/GMT';

// A number from 0 to 1 that is the same for the same words.
function chance(...words) {
  let h = 2166136261;
  for (const c of words.join('/')) h = Math.imul(h ^ c.charCodeAt(0), 16777619) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 2246822507) >>> 0;
  return ((h ^ (h >>> 13)) >>> 0) / 4294967296;
}
function value(name, latitude, longitude, at) {
  const r = chance(name, latitude, longitude, at);
  const wave = Math.sin(((at / hour + longitude / 15) % 24) * Math.PI / 12 - 2);
  const wet = chance('wet', latitude, longitude, at) > 0.7;
  switch (name) {
    case 'temperature_2m': return round(14 + 7 * wave + 4 * r, 1);
    case 'apparent_temperature': return round(12 + 8 * wave + 4 * r, 1);
    case 'dew_point_2m': return round(6 + 3 * wave + 2 * r, 1);
    case 'relative_humidity_2m': case 'cloud_cover': case 'precipitation_probability': return Math.floor(r * 101);
    case 'precipitation': case 'rain': return wet ? round(0.1 + chance('mm', latitude, longitude, at) * 4, 2) : 0;
    case 'snowfall': return 0;
    case 'weather_code': return [0, 1, 2, 3, 45, 51, 61, 63, 80, 95][Math.floor(r * 10)];
    case 'pressure_msl': return round(1000 + 25 * r, 1);
    case 'wind_speed_10m': return round(30 * r, 1);
    case 'wind_gusts_10m': return round(30 + 40 * r, 1);
    case 'wind_direction_10m': return Math.floor(r * 361);
    case 'shortwave_radiation': return round(Math.max(0, wave) * 800 * r, 1);
    case 'sunshine_duration': return round(Math.max(0, wave) * 3600 * r, 2);
    case 'uv_index': return round(Math.max(0, wave) * 9 * r, 2);
    case 'european_aqi': case 'us_aqi': return Math.floor(r * 120);
    case 'carbon_monoxide': return round(100 + 100 * r, 1);
    default: return round(30 * r, 1);
  }
}

// Sun: seconds after the UTC midnight of a date; null where it does not rise or set.
function sunTimes(latitude, longitude, utcMidnight) {
  const yearDay = (utcMidnight - Date.UTC(new Date(utcMidnight * 1000).getUTCFullYear(), 0, 1) / 1000) / day;
  const declination = 0.409 * Math.sin((2 * Math.PI * (yearDay - 80)) / 365);
  const y = (latitude * Math.PI) / 180;
  const cos = (-0.0145 - Math.sin(y) * Math.sin(declination)) / (Math.cos(y) * Math.cos(declination));
  if (cos > 1) return 'night';
  if (cos < -1) return 'day';
  const noon = (12 - longitude / 15) * hour, half = (Math.acos(cos) / Math.PI) * 12 * hour;
  return [Math.round(noon - half), Math.round(noon + half)];
}

const ranges = {
  '/v1/forecast': (today) => [today - 93 * day, today + 15 * day],
  '/v1/archive': (today) => [midnight('1940-01-01'), today],
  '/v1/air-quality': (today) => [midnight('2013-01-01'), today + 6 * day],
};
function weather(path, query) {
  const latitude = Number(query.latitude), longitude = Number(query.longitude);
  if (!(Math.abs(latitude) <= 90)) throw new Refusal(400, `Latitude must be in range of -90 to 90°. Given: ${query.latitude}.`);
  if (!(Math.abs(longitude) <= 180)) throw new Refusal(400, `Longitude must be in range of -180 to 180°. Given: ${query.longitude}.`);
  if (query.timezone !== 'auto' || query.timeformat !== 'unixtime') throw new Refusal(400, 'the stub knows no other form of times');
  const zone = zoneAt(latitude, longitude);
  const offset = offsetAt(zone, state.now);
  const [low, high] = ranges[path](midnight(isoDay(state.now)));
  const from = midnight(query.start_date), to = midnight(query.end_date);
  for (const [name, at] of [['start_date', from], ['end_date', to]]) {
    if (at < low || at > high) throw new Refusal(400, `Parameter '${name}' is out of allowed range from ${isoDay(low)} to ${isoDay(high)}`);
  }
  if (to < from) throw new Refusal(400, 'End-date must be larger or equals than start-date');
  const times = [];
  for (let at = from - offset; at < to + day - offset; at += hour) times.push(at);
  const told = (name, at) => {
    if (path === '/v1/archive' && at > state.now - state.lateDays * day) return null;
    if (name.endsWith('_pollen') && Math.abs(longitude) > 40) return null;
    return value(name, query.latitude, query.longitude, at);
  };
  const names = query.hourly;
  const out = { latitude: round(latitude, 4), longitude: round(longitude, 4), generationtime_ms: round(chance(state.requests.length), 6),
    utc_offset_seconds: offset, timezone: zone, timezone_abbreviation: `GMT${offset / hour}`, elevation: 34 };
  out.hourly_units = { time: 'unixtime', ...Object.fromEntries(names.map((name) => [name, unitOf(name)])) };
  out.hourly = { time: times, ...Object.fromEntries(names.map((name) => [name, times.map((at) => told(name, at))])) };
  if (query.daily) {
    const suns = [];
    for (let at = from; at <= to; at += day) {
      const sun = sunTimes(latitude, longitude, at);
      if (sun === 'night') suns.push([at - offset, at - offset]);
      else if (sun === 'day') suns.push([at - offset, at - offset + day]);
      else suns.push([at + sun[0], at + sun[1]]);
    }
    out.daily_units = { time: 'unixtime', sunrise: 'unixtime', sunset: 'unixtime' };
    out.daily = { time: suns.map((_, i) => from + i * day - offset), sunrise: suns.map((s) => s[0]), sunset: suns.map((s) => s[1]) };
  }
  return out;
}

function place(query) {
  const found = places.find(([id]) => String(id) === query.id);
  if (!found) throw new Refusal(400, 'Location ID not found.');
  const [id, name, latitude, longitude, timezone] = found;
  // What is zero or empty is left out.
  return Object.fromEntries(Object.entries({ id, name, latitude, longitude, elevation: 20, feature_code: 'PPLA', timezone }).filter(([, v]) => v));
}

// What the published documents say of a request and of an answer; see ../fixtures/README.md for what they leave out.
function judge(path, query, status, body) {
  const says = published[path];
  if (!says) return;
  const complain = (what, check) => state.violations.push(`${what}: ${ajv.errorsText(check.errors)}`);
  if (query && !says.query(query)) complain(`request to ${path}`, says.query);
  if (body === undefined) return;
  const text = JSON.stringify(body, (key, v) => {
    if (Array.isArray(v) && ['time', 'sunrise', 'sunset'].includes(key)) return v.map(String);
    return Array.isArray(v) ? v.filter((one) => one !== null) : v;
  });
  const check = status === 200 ? says.answer : says.refusal;
  if (!check(JSON.parse(text))) complain(`answer ${status} of ${path}`, check);
}
function typed(path, params) {
  const properties = published[path]?.says.query.properties ?? {};
  return Object.fromEntries([...params].map(([name, text]) => {
    const type = properties[name]?.type;
    if (type === 'array') return [name, text.split(',')];
    return [name, type === 'number' || type === 'integer' ? Number(text) : text];
  }));
}

// A part of an answer by its path, `hourly.time.3`: set, deleted, or cut to so many entries.
function edit(body, { path, value: to, cut, copy }) {
  const steps = path.split('.');
  const last = steps.pop();
  const at = (names) => names.reduce((part, name) => part?.[name], body);
  const holder = at(steps);
  if (holder === undefined) return;
  if (cut !== undefined) holder[last].length = cut;
  else if (copy !== undefined) holder[last] = at(copy.split('.'));
  else if (to === undefined) delete holder[last];
  else if (last === '*') for (const key of Object.keys(holder)) holder[key] = to;
  else holder[last] = to;
}

// The local days of a place, by this Node's zones: what a day's cell has to say.
function daysOf({ latitude, longitude, from, to }) {
  const zone = zoneAt(Number(latitude), Number(longitude));
  const phase = ((-offsetAt(zone, state.now) % hour) + hour) % hour;
  const out = {};
  for (let at = midnight(from) - 2 * day + phase; at < midnight(to) + 2 * day; at += hour) {
    const date = dateOf(zone, at);
    if (date < from || date >= to) continue;
    const one = (out[date] ??= { hours: 0, temperature_max: -1e9, temperature_min: 1e9, precipitation: 0, weather_code: 0 });
    const get = (name) => value(name, latitude, longitude, at);
    one.hours += 1;
    one.temperature_max = Math.max(one.temperature_max, get('temperature_2m'));
    one.temperature_min = Math.min(one.temperature_min, get('temperature_2m'));
    one.precipitation += get('precipitation');
    one.weather_code = Math.max(one.weather_code, get('weather_code'));
  }
  for (const one of Object.values(out)) one.precipitation = round(one.precipitation, 2);
  return out;
}

const stub = {
  reset: () => reset(),
  set: (to) => Object.assign(state, to),
  next: (answers) => { state.next.push(...answers); },
  edit: (edits) => { state.edits.push(...edits); },
  days: (asked) => daysOf(asked),
  requests: () => state.requests.splice(0),
  violations: () => state.violations.splice(0),
};

function send(response, status, text, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
  response.end(text);
}
function answerWith(response, planned) {
  if (planned.breakOff !== undefined) { // the head promises more than comes
    response.writeHead(planned.status, { 'Content-Length': planned.body.length + 1000 });
    response.write(planned.body);
    return setTimeout(() => response.destroy(), planned.breakOff);
  }
  const body = planned.megabytes ? '[' + '0,'.repeat(planned.megabytes * 524288) + '0]' : planned.body;
  return send(response, planned.status, body, planned.headers);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://stub');
  let text = '';
  for await (const part of request) text += part;
  if (url.pathname.startsWith('/stub/')) {
    const out = stub[url.pathname.slice(6)]?.(text ? JSON.parse(text) : {});
    return send(response, 200, JSON.stringify(out ?? {}));
  }
  state.requests.push(`${request.method} ${request.url}`);
  const query = typed(url.pathname, url.searchParams);
  judge(url.pathname, query);
  const planned = state.next.findIndex(({ match }) => request.url.includes(match));
  if (planned >= 0) return answerWith(response, state.next.splice(planned, 1)[0]);
  try {
    let body;
    if (url.pathname === '/v1/get') body = place(query);
    else if (url.pathname in ranges) body = weather(url.pathname, query);
    else throw new Refusal(404, 'Not Found');
    judge(url.pathname, undefined, 200, body);
    for (const one of state.edits) if (request.url.includes(one.match ?? '')) edit(body, one);
    return send(response, 200, JSON.stringify(body));
  } catch (error) {
    if (!(error instanceof Refusal)) return send(response, 599, JSON.stringify({ error: true, reason: String(error.stack) }));
    const body = { error: true, reason: error.message };
    judge(url.pathname, undefined, error.status, body);
    return send(response, error.status, JSON.stringify(body), error.headers);
  }
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
