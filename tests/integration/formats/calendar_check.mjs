// SPDX-License-Identifier: Apache-2.0
// Reads what calendar_sample wrote with an iCalendar library that others wrote: node calendar_check.mjs ICAL.JS FOLDER.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';

const [library, folder] = process.argv.slice(2);
const ICAL = (await import(pathToFileURL(library))).default;
let passed = 0;
const same = (a, b, what) => { assert.deepEqual(a, b, what); ++passed; };

function read(name) {
  const bytes = readFileSync(`${folder}/${name}.ics`);
  const text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  for (const line of text.split('\r\n')) {
    assert(Buffer.byteLength(line) <= 75, `${name}: a line of ${Buffer.byteLength(line)} octets`);
    assert(!/[\u0000-\u0008\u000a-\u001f\u007f]/.test(line), `${name}: a control character in ${JSON.stringify(line)}`);
    // A character that two lines share would be broken in each.
    assert(!Buffer.from(line).includes('\ufffd'), `${name}: a broken character`);
  }
  ++passed;
  const calendar = new ICAL.Component(ICAL.parse(text));
  const entries = calendar.getAllSubcomponents('vevent').map(part => ({part, event: new ICAL.Event(part)}));
  return {calendar, entries, text};
}
const value = (part, name) => part.getFirstPropertyValue(name)?.toString();
const category = part => part.getAllProperties('categories').map(p => p.getValues());

const events = read('events');
same(events.calendar.name, 'vcalendar');
same(value(events.calendar, 'version'), '2.0');
// The library reads properties of RFC 7986 as they stand.
same(value(events.calendar, 'name'), 'Nights\\, days\\; and \\\\ more ü');
assert(events.text.includes('X-WR-CALNAME:Nights'));
same(value(events.calendar, 'refresh-interval'), 'PT15M');
same(events.entries.length, 7);
const [e1, e2, e3, e4, e5, e6, e7] = events.entries;
same(e1.event.uid, '0d9f3b0c-1111-5222-8333-444455556666/e1');
same(value(e1.part, 'dtstamp'), '2026-04-24T03:06:40Z');
same(value(e1.part, 'dtstart'), '2026-04-29T10:00:00Z');
same(value(e1.part, 'dtend'), '2026-04-29T11:30:00Z');
same(e1.event.startDate.zone.tzid, 'UTC');
same(e1.event.summary, 'Plan, review; "talk" \\ more\nsecond line');
same(category(e1.part), [['work, deep'], ['b;c'], ['ä']]);
same(value(e1.part, 'url'), 'https://example.org/a,b;c?d=1');
same(value(e2.part, 'dtstart'), '2027-01-01T04:30:00Z');
same(value(e2.part, 'dtend'), '2027-01-01T06:00:00Z');
same(category(e2.part), [['one']]);
same(e3.event.summary, 'ä€😀'.repeat(60));
same(value(e3.part, 'dtstart'), '2026-02-28');
same(value(e3.part, 'dtend'), '2026-03-01');
same(e4.event.startDate.isDate, true);
same(value(e4.part, 'dtstart'), '2026-05-01');
same(value(e4.part, 'dtend'), '2026-05-04');
same(e4.event.summary, 'bell   nul   tab   end\n.');
same(value(e4.part, 'url'), undefined);
same(value(e5.part, 'dtstart'), '2026-06-01T00:00:00Z');
same(e5.part.hasProperty('dtend'), false);
same(e5.event.summary, '7');
same(e6.event.summary, 'Nights, days; and \\ more ü');
same(value(e6.part, 'dtstart'), '2026-07-01');
same(value(e6.part, 'dtend'), '2026-07-02');
same(value(e7.part, 'dtend'), '2026-07-03');

const values = read('values');
same(values.entries.map(({event}) => event.summary),
     ['Sleep score: 87.5 %', 'Sleep score: 80 %', ...Array(3).fill('Nights, days; and \\ more ü')]);
same(values.entries.map(({part}) => [value(part, 'dtstart'), value(part, 'dtend')]),
     [['2026-04-29', '2026-04-30'], ['2026-02-01', '2026-03-01'], ['2026-12-28', '2027-01-04'],
      ['2024-01-01', '2025-01-01'], ['3000-01-01', '3000-12-31']]);
same(values.entries.map(({event}) => event.uid.split('/')[1]),
     ['ymd-2026-04-29', 'ym-2026-02', 'yw-2026-53', 'y-2024', 'y-3000']);
same(value(values.entries[3].part, 'dtstamp'), '2024-01-01T00:00:00Z');

same(read('many').entries.length, 5000);
same(read('empty').entries.length, 0);
console.log(`${passed} passed, 0 failed`);
