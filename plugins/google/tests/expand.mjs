// SPDX-License-Identifier: Apache-2.0
// The instances of a series by other means than the provider's: rules by ical.js, zones by the runtime's own tables.
// For the stub of the service, and for the comparison of many rules.

const day = 86400e3;
const formats = new Map();

const offsets = new Map(); // clocks change at quarters of an hour

function offsetAt(zone, utc) {
  if (!zone || zone === 'UTC') return 0;
  const known = offsets.get(zone) ?? offsets.set(zone, new Map()).get(zone);
  const quarter = Math.floor(utc / 900e3);
  if (!known.has(quarter)) known.set(quarter, readOffset(zone, quarter * 900e3));
  return known.get(quarter);
}

function readOffset(zone, utc) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', era: 'short', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric',
      minute: 'numeric', second: 'numeric',
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(new Date(utc)).map((p) => [p.type, p.value]));
  const local = Date.UTC(+parts.year, +parts.month - 1, +parts.day, +parts.hour, +parts.minute, +parts.second);
  return local - Math.floor(utc / 1000) * 1000;
}

export function toUtc(zone, local) {
  const before = offsetAt(zone, local - day);
  const after = offsetAt(zone, local + day);
  if (offsetAt(zone, local - before) === before) return local - before;
  if (offsetAt(zone, local - after) === after) return local - after;
  return local - before; // the clock skipped it
}

export function toLocal(zone, utc) {
  return utc + offsetAt(zone, utc);
}

// `2026-04-29T09:00:00+02:00` in a zone.
export function rfc3339(zone, utc) {
  const offset = offsetAt(zone, utc) / 60e3;
  const two = (n) => String(Math.abs(n)).padStart(2, '0');
  const text = new Date(utc + offset * 60e3).toISOString().slice(0, 19);
  return offset === 0 ? `${text}Z` : `${text}${offset < 0 ? '-' : '+'}${two(Math.trunc(offset / 60))}:${two(offset % 60)}`;
}

// `20260429T070000Z`, or of a day `20260429`.
export function keyOf(allDay, at) {
  const text = new Date(at).toISOString();
  return allDay ? text.slice(0, 10).replaceAll('-', '') : text.slice(0, 19).replaceAll(/[-:]/g, '') + 'Z';
}

// Starts, in milliseconds since 1970, of the instances that start within [from, to). `start` likewise; days are at UTC
// midnight. `lines` as the service has them.
export function expand(ICAL, { start, allDay, zone, lines }, from, to) {
  const local = (utc) => (allDay ? utc : toLocal(zone, utc));
  const utc = (wall) => (allDay ? wall : toUtc(zone, wall));
  const wallOf = (time) => Date.UTC(time.year, time.month - 1, time.day, time.hour ?? 0, time.minute ?? 0, time.second ?? 0);
  const timeOf = (wall) => {
    const d = new Date(wall);
    return new ICAL.Time({
      year: d.getUTCFullYear(), month: d.getUTCMonth() + 1, day: d.getUTCDate(), hour: d.getUTCHours(),
      minute: d.getUTCMinutes(), second: d.getUTCSeconds(), isDate: allDay,
    });
  };
  const moment = (time, tzid) => {
    if (time.isDate && !allDay) return null;
    if (allDay) return Math.floor(wallOf(time) / day) * day;
    if (time.zone === ICAL.Timezone.utcTimezone) return wallOf(time);
    return toUtc(tzid ?? zone, wallOf(time));
  };
  const excluded = new Set();
  const excludedDays = new Set();
  const found = new Set([start]);
  for (const line of lines) {
    const property = ICAL.Property.fromString(line);
    if (property.name === 'rrule') {
      const rule = property.getFirstValue();
      const until = rule.until;
      rule.until = null;
      const iterator = rule.iterator(timeOf(local(start)));
      for (let next = iterator.next(), n = 0; next && n < 100000; next = iterator.next(), ++n) {
        const at = utc(wallOf(next));
        if (at >= to) break;
        if (until) {
          if (until.isDate || allDay) {
            if (Math.floor(local(at) / day) > Math.floor(wallOf(until) / day)) break;
          } else if (at > moment(until)) {
            break;
          }
        }
        found.add(at);
      }
      continue;
    }
    for (const value of property.getValues()) {
      const time = value.start ?? value;
      const tzid = property.getParameter('tzid');
      if (property.name === 'exdate') {
        if (time.isDate && !allDay) excludedDays.add(Math.floor(wallOf(time) / day));
        else excluded.add(moment(time, tzid));
      } else if (property.name === 'rdate') {
        found.add(time.isDate && !allDay ? utc(wallOf(time) + (local(start) % day)) : moment(time, tzid));
      }
    }
  }
  return [...found]
    .filter((at) => at >= from && at < to && !excluded.has(at) && !excludedDays.has(Math.floor(local(at) / day)))
    .sort((a, b) => a - b);
}
